# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each watches one thing that may go wrong, and says so; some keep the robot still meanwhile."""
