# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Open rqt on a run: node graph, plots, console, diagnostics, parameters that may change."""

import atexit
from pathlib import Path
import shutil
import tempfile

from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from sac_bringup.installation import config_directory, find_executable
from sac_bringup.perspective import check_rqt, write_perspective

from launch import LaunchContext, LaunchDescription


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'namespace', default_value='', description='ROS namespace of the run.'
            ),
            OpaqueFunction(function=_open_rqt),
        ]
    )


def _open_rqt(context: LaunchContext) -> list[ExecuteProcess]:
    check_rqt()
    directory = Path(tempfile.mkdtemp(prefix='rqt_'))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    namespace = context.launch_configurations['namespace']
    perspective = write_perspective(config_directory(), directory, namespace)
    rqt = find_executable('rqt_gui', 'rqt_gui')
    words = [str(rqt), '--force-discover', '--perspective-file', str(perspective)]
    return [ExecuteProcess(cmd=words, name='rqt', output='screen')]
