# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What rclpy and Fast DDS make necessary; each file says when it can go."""
