# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names of the tensors by which a policy normalizes what it observes, before its first layer."""

# (observation - shift) * scale; most policies have neither, because their first layer does it.
SHIFT, SCALE = 'normalization.shift', 'normalization.scale'
