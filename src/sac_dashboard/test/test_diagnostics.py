# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Diagnostics are anybody's words: bounded, and one strange status spoils no other."""

from __future__ import annotations

import pytest
from sac_core.testing import FakeClock
from sac_dashboard.diagnostics import Diagnostic, Diagnostics


def test_the_latest_word_of_each_part_counts(clock: FakeClock) -> None:
    diagnostics = Diagnostics(clock=clock)
    diagnostics.receive(Diagnostic('actor: safety', 0, 'running'))
    diagnostics.receive(Diagnostic('actor: policy', 0, 'v3'))
    clock.now += 2.0
    diagnostics.receive(Diagnostic('actor: safety', 2, 'stopped'))
    assert [(each['name'], each['level'], each['silence']) for each in diagnostics.listing()] == [
        ('actor: policy', 'OK', 2.0),
        ('actor: safety', 'ERROR', 0.0),
    ]
    assert diagnostics.nodes() == {'actor': 0.0}


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match='level must be below 4, got 9'):
        Diagnostics().receive(Diagnostic('actor: safety', 9, ''))


def test_a_flood_of_parts_takes_bounded_room() -> None:
    diagnostics = Diagnostics()
    for number in range(200):
        diagnostics.receive(Diagnostic(f'stranger: {number}', 0, '', [('key', 'value')] * 1000))
    with pytest.raises(ValueError, match='more than 200 parts'):
        diagnostics.receive(Diagnostic('stranger: one more', 0, ''))
    diagnostics.receive(Diagnostic('stranger: 7', 1, 'known ones still speak'))
    assert max(len(each['values']) for each in diagnostics.listing()) == 64  # type: ignore[arg-type]
