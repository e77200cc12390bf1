# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Kills, outages, hostile messages and broken disks against the real processes."""
