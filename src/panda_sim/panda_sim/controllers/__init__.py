# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The controllers that run inside the twin at 1 kHz, one a file."""
