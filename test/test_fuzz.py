# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A real run goes on under a flood of hostile messages, and stores only the truth."""

from __future__ import annotations

from pathlib import Path

from fuzzed_run import fuzz, LISTENERS
import pytest

MESSAGES = 150  # for each topic


@pytest.mark.timeout(180)
def test_a_run_survives_hostile_messages_on_every_topic(tmp_path: Path) -> None:
    found = fuzz(tmp_path, MESSAGES, seed=0)
    assert found['processes_down'] == []
    assert found['sent'] == 10 * MESSAGES
    # What is no message never reaches a node, and a busy node's queue drops some.
    for node, topics in LISTENERS.items():
        for topic in topics:
            assert found['refused'][node][topic] > MESSAGES // 20, (node, topic)
    assert found['stored'] == found['produced'] > 300
    assert (found['lost'], found['bad_stored']) == (0, 0)
    assert found['steps_afterwards'] >= 100
