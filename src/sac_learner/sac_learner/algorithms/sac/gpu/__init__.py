# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner step on a GPU: one CUDA graph from the drawing of the batch to the figures."""
