# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A real process is killed while it writes to its ring file: every closed row is found."""

from __future__ import annotations

from multiprocessing import get_context
import os
from pathlib import Path
import random
import struct
import time

import pytest
from sac_actor.ring_file import RingFile
from sac_actor.transition_queue import TransitionQueue

from .numbered import ACTION_DIM, append, check_rows, make_header, OBSERVATION_DIM

pytestmark = pytest.mark.timeout(60)
_REPORT = struct.Struct('<QQ')  # rows closed, rows acknowledged
_BEFORE_EPISODE = 4


def write_until_killed(path: Path, capacity: int, pipe: int) -> None:
    """Append, acknowledge now and then, and say of each row that it is closed."""
    queue = TransitionQueue(
        capacity,
        observation_dim=OBSERVATION_DIM,
        action_dim=ACTION_DIM,
        file=RingFile.create(path, make_header(capacity=capacity)),
    )
    number = 0
    while True:
        append(queue, number)
        number += 1
        queue.note_totals(env_steps=number, episodes=number // _BEFORE_EPISODE)
        if number % 7 == 0:
            queue.acknowledge(number - 5)
        os.write(pipe, _REPORT.pack(number, queue.acknowledged))


def last_report(pipe: int) -> tuple[int, int]:
    """Return the last report in a pipe whose writer is gone."""
    data = bytes(_REPORT.size)
    while part := os.read(pipe, 1 << 16):
        data += part
    end = len(data) // _REPORT.size * _REPORT.size
    closed, acknowledged = _REPORT.unpack(data[end - _REPORT.size : end])
    return closed, acknowledged


@pytest.mark.parametrize('seed', range(25))
def test_a_writer_killed_at_any_instant_loses_no_closed_row(tmp_path: Path, seed: int) -> None:
    random_numbers = random.Random(seed)
    capacity = random_numbers.choice([8, 50, 1000])
    path = tmp_path / 'session.ring'
    reading, writing = os.pipe()
    writer = get_context('fork').Process(target=write_until_killed, args=(path, capacity, writing))
    writer.start()
    os.close(writing)
    assert os.read(reading, _REPORT.size)  # it is at work
    time.sleep(random_numbers.uniform(0.0, 0.02))  # the instant of the kill
    writer.kill()
    writer.join()
    closed, acknowledged = last_report(reading)
    os.close(reading)

    file = RingFile(path)
    found = file.recover()
    assert found.damaged == 0
    (span,) = found.spans
    assert closed <= span.stop <= closed + 1
    # One acknowledgement may have been noted and not yet said.
    assert acknowledged <= span.start <= max(acknowledged, span.stop - 4)
    assert found.totals.env_steps == found.totals.produced == span.stop
    assert span.stop - 1 <= (found.totals.episodes + 1) * _BEFORE_EPISODE
    queue = TransitionQueue.of_span(file, span)
    while (taken := queue.take(1000)) is not None:
        check_rows(*taken)
    assert queue.sent == span.stop
