# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A few seconds of each kind of chaos; `make chaos` runs it at length."""

from __future__ import annotations

import json
from pathlib import Path

from chaos.run_case import run_case
import pytest

# Its own tests are long enough: the resumed run, and those of the files.
_SHORT = ['learner_kill', 'all_kill', 'outage', 'full_disk', 'read_only']


@pytest.mark.timeout(150)
@pytest.mark.parametrize('name', _SHORT)
def test_nothing_is_lost_double_or_bad(name: str, tmp_path: Path) -> None:
    result = run_case(name, tmp_path, seed=1, quick=True)
    if 'skipped' in result:
        pytest.skip(result['skipped'])
    if 'failure' in result:
        log = tmp_path / 'log'
        lines = log.read_text(errors='replace').splitlines() if log.exists() else []
        pytest.fail('\n'.join([json.dumps(result), *lines[-30:]]))
