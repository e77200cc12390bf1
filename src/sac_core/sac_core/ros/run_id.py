# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The run that a node belongs to, a parameter; who a node is, in words."""

from __future__ import annotations

import os
import socket

from rclpy.node import Node
from sac_core.belonging import RunSettings
from sac_core.ros.parameters import declare_settings


def declare_run_id(node: Node) -> int:
    """Declare the parameter `run_id`; its value is drawn by whatever starts a run, 0 by hand.

    :raises ValueError: for a value that no run has
    """
    return declare_settings(node, RunSettings).run_id


def describe_process(node: Node) -> str:
    """Name a node, its process and its computer, so that a person finds it."""
    return f'{node.get_fully_qualified_name()}, process {os.getpid()} on {socket.gethostname()}'
