# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A Franka arm, driven by franka_ros2, behind the robot's topics."""
