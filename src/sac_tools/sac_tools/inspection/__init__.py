# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What files of this project hold, and whether they are whole."""
