# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A few seconds of each kind of chaos; `make chaos` runs it at length."""

from __future__ import annotations

from pathlib import Path

from chaos.case import CaseSkippedError
from chaos.cases import CASES
import pytest

# Its own tests are long enough: the resumed run, and those of the files.
_SHORT = ['learner_kill', 'all_kill', 'outage', 'full_disk', 'read_only']


@pytest.mark.timeout(150)
@pytest.mark.parametrize('name', _SHORT)
def test_nothing_is_lost_double_or_bad(name: str, tmp_path: Path) -> None:
    try:
        result = CASES[name](tmp_path, seed=1, quick=True)
    except CaseSkippedError as reason:
        pytest.skip(str(reason))
    assert not result.get('failure'), result
