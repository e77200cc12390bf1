# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Train: robot, actor, learner, monitor, and what is asked for (--show-args) to watch or drive."""

from sac_bringup.launch_description import describe_run

from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    return describe_run('train', __file__)
