# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Learning curves: whole training runs, each of one preset and one seed."""
