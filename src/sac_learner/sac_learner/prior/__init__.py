# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Learning from what was recorded before this run."""
