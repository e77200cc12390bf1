# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The device's copy of the replay buffer holds what the host's holds, and draws from all of it."""

from __future__ import annotations

from hypothesis import given, strategies
import numpy as np
import pytest
from sac_learner.algorithms.sac.gpu import device_replay
from sac_learner.algorithms.sac.gpu.device_replay import DeviceReplay
from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.observation_normalizer import ObservationNormalizer
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage
import torch

LAYOUT = RowLayout(observation_dim=3, action_dim=2)
CPU = torch.device('cpu')


def add(buffer: ReplayBuffer, count: int) -> None:
    """Store transitions whose reward is their number; the other fields follow from it."""
    number = np.arange(buffer.total_added, buffer.total_added + count, dtype=np.float32)
    columns = np.arange(3, dtype=np.float32)
    buffer.add_batch(
        observations=number[:, None] + columns / 8,
        actions=np.stack([number, -number], axis=1) / 1000,
        rewards=number,
        next_observations=number[:, None] + columns / 8 + 0.5,
        terminated=number % 3 == 0,
        truncated=number % 2 == 0,
    )


def make(capacity: int, *, first: int = 0) -> tuple[ReplayBuffer, DeviceReplay]:
    storage = ReplayStorage.in_memory(capacity, 3, 2, first=first)
    return ReplayBuffer(storage, seed=0), DeviceReplay(capacity, LAYOUT, CPU)


def follow(replay: DeviceReplay, buffer: ReplayBuffer) -> None:
    replay.mirror(buffer.storage, buffer.total_added)


def drawn_numbers(replay: DeviceReplay, count: int, seed: int = 0) -> torch.Tensor:
    rows = replay.draw(count, torch.Generator().manual_seed(seed))
    return LAYOUT.batch(rows).rewards.long()


@given(
    capacity=strategies.integers(1, 40),
    first=strategies.integers(0, 50),
    added=strategies.lists(strategies.integers(0, 60), min_size=1, max_size=8),
    chunk=strategies.integers(1, 20),
)
def test_it_holds_exactly_what_the_host_holds(
    capacity: int, first: int, added: list[int], chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device_replay, 'CHUNK', chunk)
        buffer, replay = make(capacity, first=first)
    for count in added:
        add(buffer, count)
        follow(replay, buffer)
    assert len(replay) == len(buffer)
    if not len(buffer):
        return
    held = set(drawn_numbers(replay, 60 * capacity).tolist())
    newest = range(buffer.total_added - len(buffer), buffer.total_added)
    assert held <= set(newest)
    rows = replay.rows[[number % capacity for number in newest]]
    assert LAYOUT.batch(rows).rewards.long().tolist() == list(newest)


def test_rows_are_the_transitions_of_the_host_in_every_field() -> None:
    buffer, replay = make(100)
    add(buffer, 130)
    follow(replay, buffer)
    batch = LAYOUT.batch(replay.draw(400, torch.Generator().manual_seed(1)))
    host = buffer.sample(2000)
    places = {int(reward): i for i, reward in enumerate(host.rewards)}
    same = [places[int(reward)] for reward in batch.rewards]
    for name in ('observations', 'actions', 'rewards', 'next_observations', 'bootstrap'):
        assert torch.equal(getattr(batch, name), getattr(host, name)[same]), name


def test_a_restart_brings_over_all_that_the_host_found() -> None:
    buffer, _ = make(50)
    add(buffer, 70)
    fresh = DeviceReplay(50, LAYOUT, CPU)
    follow(fresh, buffer)
    assert set(drawn_numbers(fresh, 2000).tolist()) == set(range(20, 70))


def test_the_same_draw_is_the_same_transition_after_a_restart() -> None:
    buffer, replay = make(50)
    add(buffer, 70)
    follow(replay, buffer)
    found = ReplayStorage(buffer.storage.rows, capacity=50, first=20)
    fresh = DeviceReplay(50, LAYOUT, CPU)
    fresh.mirror(found, 70)
    assert torch.equal(drawn_numbers(fresh, 100), drawn_numbers(replay, 100))


def test_draws_are_uniform_and_follow_the_seed() -> None:
    buffer, replay = make(40)
    add(buffer, 40)
    follow(replay, buffer)
    counts = torch.bincount(drawn_numbers(replay, 40_000), minlength=40)
    assert ((counts - 1000).abs() < 5 * 1000**0.5).all()
    assert torch.equal(drawn_numbers(replay, 100, seed=3), drawn_numbers(replay, 100, seed=3))
    assert not torch.equal(drawn_numbers(replay, 100, seed=3), drawn_numbers(replay, 100, seed=4))


def test_drawn_observations_are_normalized_as_the_host_would() -> None:
    buffer, replay = make(200)
    add(buffer, 200)
    normalizer = ObservationNormalizer(3)
    normalizer.update(buffer.storage.rows['observations'])
    follow(replay, buffer)
    plain = LAYOUT.batch(replay.draw(50, torch.Generator().manual_seed(0)))
    replay.normalize_by(normalizer.normalization)
    batch = LAYOUT.batch(replay.draw(50, torch.Generator().manual_seed(0)))
    assert torch.equal(batch.actions, plain.actions)
    assert torch.equal(batch.rewards, plain.rewards)
    assert torch.equal(batch.bootstrap, plain.bootstrap)
    normalizer.normalization.normalize(plain)
    assert torch.equal(batch.observations, plain.observations)
    assert torch.equal(batch.next_observations, plain.next_observations)
