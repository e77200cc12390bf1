# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Run a trained policy: robot, actor, monitor, and what is asked for (--show-args)."""

from sac_bringup.launch_description import describe_run

from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    return describe_run('policy', __file__)
