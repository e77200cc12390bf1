# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A Gymnasium environment behind the robot's topics."""
