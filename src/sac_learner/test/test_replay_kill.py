# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A learner killed at any instant loses nothing that it acknowledged, and stores nothing twice."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import random
import signal
import struct
import time
from typing import NoReturn

import pytest

from .stored_rows import DiskLearner, identify

pytestmark = pytest.mark.timeout(120)
_ACK = struct.Struct('<QQ')


def in_child(work: Callable[[int], NoReturn]) -> tuple[int, int]:
    """Fork a process that is given a pipe for its acknowledgements.

    :return: its number, and the pipe's other end
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


def acknowledged(reading: int) -> dict[int, int]:
    """Read what a dead child acknowledged of each session."""
    acks = {}
    with os.fdopen(reading, 'rb') as pipe:
        while data := pipe.read(_ACK.size):
            session, sequence = _ACK.unpack(data)
            acks[session] = sequence
    return acks


def store_on(directory: Path, capacity: int, seed: int, writing: int) -> NoReturn:
    """Store batches of two actors, each from where it stands, until killed."""
    learner = DiskLearner(directory, capacity)
    sizes = random.Random(seed)
    while True:
        for session in (1, 2):
            first = learner.sequences.next_sequence(session)
            repeated = min(first, sizes.randrange(20))  # as after a lost acknowledgement
            sequence = learner.store(first - repeated, sizes.randint(1, 60), session=session)
            os.write(writing, _ACK.pack(session, sequence))


def check(directory: Path, capacity: int, acks: dict[int, int]) -> dict[int, int]:
    """Compare what is there after a kill with what was acknowledged; return what is next."""
    learner = DiskLearner(directory, capacity)
    assert learner.warnings == []
    rows = identify(learner.rows())
    following = {}
    for session in (1, 2):
        numbers = [n for owner, n in rows if owner == session]
        stored = learner.sequences.account(session).stored
        following[session] = learner.sequences.next_sequence(session)
        assert following[session] >= acks.get(session, 0), 'what was acknowledged is there'
        assert stored == following[session], 'each is stored once'
        assert numbers == list(range(following[session] - len(numbers), following[session]))
    assert learner.replay.total_added == sum(following.values())
    assert len(rows) == min(learner.replay.total_added, capacity)
    learner.close()
    return following


@pytest.mark.parametrize('capacity', [700, 1_000_000])
def test_killed_at_random_instants(tmp_path: Path, capacity: int) -> None:
    instants = random.Random(capacity)
    acks: dict[int, int] = {}
    for number in range(12):
        child, reading = in_child(lambda pipe, n=number: store_on(tmp_path, capacity, n, pipe))  # type: ignore[misc]
        time.sleep(instants.uniform(0.0, 0.15))  # the instant of the kill, not a wait for anything
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acks |= acknowledged(reading)
        acks = check(tmp_path, capacity, acks)
    assert min(acks.values()) > 1000


def die_in_write(call: int, share: float) -> None:
    """Let the process die in one of its writes, when a share of the data is written."""
    write, calls = os.pwrite, iter(range(1_000_000))

    def pwrite(descriptor: int, data: bytes, offset: int) -> int:
        if next(calls) == call:
            write(descriptor, bytes(data)[: round(len(data) * share)], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data, offset)

    os.pwrite = pwrite


@pytest.mark.parametrize('share', [0.0, 0.4, 1.0])
@pytest.mark.parametrize('call', [0, 1, 2, 3, 4, 7, 8, 151, 152, 153, 154])
def test_killed_in_the_middle_of_a_write(tmp_path: Path, call: int, share: float) -> None:
    acks: dict[int, int] = {}
    for number in range(2):

        def store(pipe: int, seed: int = number) -> NoReturn:
            die_in_write(call, share)
            store_on(tmp_path, 100, seed, pipe)

        child, reading = in_child(store)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        acks |= acknowledged(reading)
        acks = check(tmp_path, 100, acks)
