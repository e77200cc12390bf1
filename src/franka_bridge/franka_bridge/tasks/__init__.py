# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the arm is to learn, one task in a file."""
