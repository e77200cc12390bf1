# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The commands, one file each. What they need is imported when they run: --help must be quick."""
