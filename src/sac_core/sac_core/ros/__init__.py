# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS glue that every node shares: QoS, names, conversions, parameters."""
