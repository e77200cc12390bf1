# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the monitor asks of other nodes over ROS."""
