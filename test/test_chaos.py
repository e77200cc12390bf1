# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A few seconds of each kind of chaos; `make chaos` runs it at length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chaos.cases import STAND_INS
from chaos.run_case import run_case
import pytest

# Its own tests are long enough: the resumed run, and those of the files.
_SHORT = ['learner_kill', 'all_kill', 'outage', 'lossy_relay', 'full_disk', 'read_only']


@pytest.mark.timeout(150)
@pytest.mark.parametrize('name', _SHORT)
def test_nothing_is_lost_double_or_bad(name: str, tmp_path: Path) -> None:
    result = _quickly(name, tmp_path)
    if 'skipped' not in result:
        return
    reason = result['skipped']
    if name in STAND_INS:
        _quickly(STAND_INS[name], tmp_path)
        reason = f'{reason}; {STAND_INS[name]} stood in, and went well'
    pytest.skip(reason)


def _quickly(name: str, directory: Path) -> dict[str, Any]:
    place = directory / name
    place.mkdir()
    result = run_case(name, place, seed=1, quick=True)
    if 'failure' in result:
        log = place / 'log'
        lines = log.read_text(errors='replace').splitlines() if log.exists() else []
        pytest.fail('\n'.join([json.dumps(result), *lines[-30:]]))
    return result
