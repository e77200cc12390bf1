# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the dashboard asks of other nodes over ROS."""
