# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Shared, ROS-free core of the suite; ROS glue is in sac_core.ros."""
