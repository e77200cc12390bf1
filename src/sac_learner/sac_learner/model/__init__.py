# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Learning from what a model of the robot imagines, beside what the robot did."""
