# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The algorithms that a learner can run; `registry` finds one by its name."""
