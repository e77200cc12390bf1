# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Versions go out whole and one after the other, whether listeners are quick, slow or gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import threading

import numpy as np
import pytest
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights
from sac_learner.weights_sender import WeightsSender

PIECES = 5
SHAPE = PolicyArchitecture(1, 1, (), 'relu', False, -5.0, 2.0)
Piece = tuple[int, int]  # version, number


def make_weights(version: int) -> PolicyWeights:
    return PolicyWeights(SHAPE, {}, version=version)


class Wire:
    """What was published, and whether the listeners have it; and what time it is."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pieces: list[Piece] = []
        self.delivered = True
        self.changed = threading.Condition()
        self.gate = threading.Event()  # closed: publishing takes long
        self.gate.set()

    def publish(self, piece: Piece) -> None:
        self.gate.wait(10)
        with self.changed:
            self.pieces.append(piece)
            self.changed.notify_all()

    def until(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 10)

    @property
    def versions(self) -> list[int]:
        return list(dict.fromkeys(version for version, _ in self.pieces))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def start(wire: Wire) -> Iterator[Callable[..., WeightsSender[Piece]]]:
    started = []

    def start(*, gently: bool = True) -> WeightsSender[Piece]:
        sender = WeightsSender(
            encode,
            wire.publish,
            lambda: wire.delivered,
            gently=gently,
            clock=lambda: wire.now,
        )
        started.append(sender)
        return sender

    yield start
    wire.gate.set()
    for sender in started:
        sender.close()


def encode(weights: PolicyWeights) -> list[Piece]:
    return [(weights.version, number) for number in range(PIECES)]


def test_a_version_goes_out_whole_before_the_next_and_the_newest_is_not_left_out(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    sender = start()
    for version in range(1, 50):
        sender.send(make_weights(version=version))
    wire.until(lambda: len(wire.pieces) >= PIECES and wire.pieces[-1] == (49, PIECES - 1))
    assert wire.pieces == [
        (version, number) for version in wire.versions for number in range(PIECES)
    ]


def test_whoever_sends_waits_for_no_network(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    wire.gate.clear()
    sender = start()
    for version in range(1, 1000):
        sender.send(make_weights(version=version))
    assert not wire.pieces
    wire.gate.set()
    wire.until(lambda: wire.versions and wire.versions[-1] == 999)
    assert len(wire.versions) <= 2


def test_a_version_that_has_not_arrived_is_recalled_piece_by_piece(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    wire.delivered = False
    sender = start()
    sender.send(make_weights(version=1))
    for number in range(PIECES + 2):
        wire.until(lambda count=PIECES + number: len(wire.pieces) >= count)
        wire.now += 4.0
    wire.until(lambda: len(wire.pieces) >= 2 * PIECES + 2)
    numbers = [number for _, number in wire.pieces[PIECES:]]
    assert numbers[: PIECES + 2] == [0, 1, 2, 3, 4, 0, 1]


def test_over_a_network_the_next_version_waits_a_while_for_the_one_before(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    wire.delivered = False
    sender = start()
    sender.send(make_weights(version=1))
    wire.until(lambda: len(wire.pieces) == PIECES)
    sender.send(make_weights(version=2))
    wire.now = 0.2
    wire.until(lambda: len(wire.pieces) > PIECES)
    assert wire.pieces[PIECES] == (1, 0)  # a reminder, although the next version is there
    wire.now = 0.6
    wire.until(lambda: wire.pieces[-1] == (2, PIECES - 1))
    # What took longer than that gets more time.
    sender.send(make_weights(version=3))
    wire.now = 1.2
    wire.until(lambda: wire.pieces[-1] == (2, 0))
    wire.delivered = True
    wire.until(lambda: wire.pieces[-1] == (3, PIECES - 1))


def test_within_a_machine_the_next_version_waits_for_nobody(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    wire.delivered = False
    sender = start(gently=False)
    for version in range(1, 20):
        sender.send(make_weights(version=version))
        wire.until(lambda wanted=version: wanted in wire.versions)
    assert wire.versions == list(range(1, 20))
    assert sum(number == 0 for _, number in wire.pieces) < 19 + 5


def test_the_last_version_goes_out_before_the_end(
    wire: Wire, start: Callable[..., WeightsSender[Piece]]
) -> None:
    wire.gate.clear()
    sender = start()
    sender.send(make_weights(version=1))
    sender.send(make_weights(version=2))
    wire.gate.set()
    sender.close()
    assert wire.pieces[-PIECES:] == [(2, number) for number in range(PIECES)]


def test_a_policy_that_is_not_finite_is_never_sent_and_names_the_tensor(wire: Wire) -> None:
    sender = WeightsSender(
        lambda weights: [(weights.version, len(encode_weights(weights)))],
        wire.publish,
        lambda: True,
        gently=False,
    )
    weights = make_weights(1)
    weights.tensors['mean.bias'] = np.full(1, np.nan, np.float32)
    sender.send(weights)
    sender.close()
    assert not wire.pieces
    assert sender.failure.startswith('training diverged: policy tensor mean.bias holds numbers')


def test_a_policy_that_cannot_be_sent_is_a_failure_that_can_be_seen() -> None:
    def refuse(piece: Piece) -> None:
        raise OSError('no network')

    sender = WeightsSender(encode, refuse, lambda: True, gently=False)
    sender.send(make_weights(1))
    sender.close()
    assert sender.failure == "policies cannot be sent: OSError('no network')"
