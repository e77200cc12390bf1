# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the runner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .runner_fakes import Fakes


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    """An installed package of fake executables, and runs of them."""
    fakes = Fakes(tmp_path)
    yield fakes
    fakes.close()
