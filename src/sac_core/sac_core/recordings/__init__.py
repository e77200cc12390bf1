# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads recordings of runs: MCAP files as the recorder or rosbag2 writes them."""
