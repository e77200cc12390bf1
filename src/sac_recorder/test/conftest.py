# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lets the tests import their helpers."""

from __future__ import annotations

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parent))
