# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests of threads: wait for what another thread does."""

from __future__ import annotations

from collections.abc import Callable
import time


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; the time limit of the test is the time limit."""
    while not condition():
        time.sleep(0.001)
