# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Decides where ROS 2 comes from: the installation that is sourced, or wheels."""

from __future__ import annotations

from collections.abc import Mapping
import subprocess
from typing import Literal

DISTRO = 'jazzy'


class WrongRosError(Exception):
    """The ROS 2 in this shell cannot be used; the text says why and what to do."""


def choose(
    env: Mapping[str, str], python: str, built_on_wheels: bool | None
) -> Literal['wheels', 'sourced']:
    """
    Choose the ROS 2 to build on.

    :param env: environment variables of the caller's shell
    :param python: interpreter that the virtual environment will be made from
    :param built_on_wheels: what an earlier set-up of this checkout used, None if there was none
    :raises WrongRosError: if another distribution is sourced, if `python` cannot import the
        sourced one, or if this checkout was built on a ROS that is not sourced now
    """
    distro = env.get('ROS_DISTRO')
    if not distro:
        if built_on_wheels is False:
            raise WrongRosError(
                'this checkout was set up on a ROS 2 installation, and none is sourced in this '
                f'shell: source /opt/ros/{DISTRO}/setup.bash first '
                '(or run make clean to start over without it)'
            )
        return 'wheels'
    if distro != DISTRO:
        raise WrongRosError(
            f'ROS 2 {distro} is sourced, and this project is made for {DISTRO}: source that one, '
            'or use a shell without ROS to get it from wheels'
        )
    if not imports_rclpy(python, env):
        raise WrongRosError(
            f'ROS 2 {distro} is sourced, but {python} cannot import its rclpy: install '
            f'ros-{distro}-ros-base, or name the Python that it was built for, '
            'as in make setup PYTHON=/usr/bin/python3'
        )
    return 'sourced'


def imports_rclpy(python: str, env: Mapping[str, str]) -> bool:
    """:return: whether `python` can import rclpy under the variables of `env`"""
    command = [python, '-c', 'import rclpy']
    return subprocess.run(command, env=dict(env), capture_output=True, timeout=60).returncode == 0
