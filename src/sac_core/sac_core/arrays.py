# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names of the array types that pass between the packages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]
CountArray = NDArray[np.uint64]
