# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the replay buffer."""

from __future__ import annotations

from collections.abc import Iterator
import sys
import threading
import time

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_storage import ReplayStorage
import torch

OBSERVATION_DIM, ACTION_DIM = 3, 2


def make_buffer(capacity: int, seed: int = 0) -> ReplayBuffer:
    return ReplayBuffer(ReplayStorage.in_memory(capacity, OBSERVATION_DIM, ACTION_DIM), seed=seed)


def transitions(first: int, count: int) -> dict[str, np.ndarray]:
    """Make transitions that carry their own number in every field."""
    n = np.arange(first, first + count)
    return {
        'observations': np.repeat(n[:, None], OBSERVATION_DIM, 1).astype(np.float32),
        'actions': np.repeat(n[:, None] / 1000, ACTION_DIM, 1).astype(np.float32),
        'rewards': (n * 2).astype(np.float32),
        'next_observations': np.repeat(n[:, None] + 1, OBSERVATION_DIM, 1).astype(np.float32),
        'terminated': n % 3 == 0,
        'truncated': n % 5 == 0,
        'intervened': n % 7 == 0,
        'filtered': n % 2 == 0,
    }


@given(capacity=st.integers(1, 20), batches=st.lists(st.integers(0, 50), max_size=20))
def test_contents_are_the_newest_transitions_at_their_number_modulo_capacity(
    capacity: int, batches: list[int]
) -> None:
    storage = ReplayStorage.in_memory(capacity, OBSERVATION_DIM, ACTION_DIM)
    buffer = ReplayBuffer(storage, seed=0)
    model: dict[int, int] = {}  # row -> number of the transition
    added = 0
    for count in batches:
        buffer.add_batch(**transitions(added, count))
        model.update((n % capacity, n) for n in range(added, added + count))
        added += count
    assert buffer.total_added == added
    assert len(buffer) == len(model) == min(added, capacity)
    for row, n in model.items():
        for name, expected in transitions(n, 1).items():
            np.testing.assert_array_equal(storage.rows[row][name], expected[0])


def test_sample_returns_whole_transitions_that_are_stored() -> None:
    buffer = make_buffer(64)
    buffer.add_batch(**transitions(0, 100))
    batch = buffer.sample(256)
    n = batch.rewards.numpy() / 2
    assert set(n) <= set(range(36, 100))
    expected = transitions(0, 100)
    expected['bootstrap'] = ~expected['terminated']
    for name in ('observations', 'actions', 'next_observations', 'bootstrap'):
        values = getattr(batch, name)
        assert values.dtype == torch.float32
        assert values.is_contiguous()
        np.testing.assert_array_equal(values, expected[name][n.astype(int)])


def test_truncation_alone_does_not_end_the_return() -> None:
    buffer = make_buffer(1)
    last = transitions(5, 1)
    assert last['truncated'][0]
    assert not last['terminated'][0]
    buffer.add_batch(**last)
    assert buffer.sample(1).bootstrap.item() == 1.0


def test_sampling_is_uniform() -> None:
    buffer = make_buffer(10)
    buffer.add_batch(**transitions(0, 10))
    counts = np.bincount((buffer.sample(20_000).rewards.numpy() / 2).astype(int), minlength=10)
    assert np.abs(counts - 2000).max() < 5 * np.sqrt(2000)


def test_only_what_is_stored_is_sampled_before_the_buffer_is_full() -> None:
    buffer = make_buffer(1000)
    buffer.add_batch(**transitions(1, 3))
    assert set(buffer.sample(100).rewards.tolist()) == {2.0, 4.0, 6.0}


def test_sampling_from_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match='empty'):
        make_buffer(4).sample(1)


def test_same_seed_and_state_give_the_same_samples() -> None:
    storage = ReplayStorage.in_memory(50, OBSERVATION_DIM, ACTION_DIM)
    first = ReplayBuffer(storage, seed=3)
    first.add_batch(**transitions(0, 70))
    first.sample(8)
    restarted = ReplayBuffer(storage, seed=4)
    restarted.load(first.state())
    assert restarted.total_added == 70
    assert torch.equal(restarted.sample(8).rewards, first.sample(8).rewards)
    assert not torch.equal(restarted.sample(8).rewards.clone(), restarted.sample(8).rewards)


@pytest.mark.parametrize(
    ('field', 'shape'),
    [
        ('observations', (4, 2)),
        ('actions', (4,)),
        ('next_observations', (3, 3)),
        ('terminated', (4, 1)),
        ('truncated', (5,)),
        ('filtered', (3,)),
    ],
)
def test_batch_of_another_shape_is_refused_whole(field: str, shape: tuple[int, ...]) -> None:
    buffer = make_buffer(10)
    with pytest.raises(ValueError, match=field):
        buffer.add_batch(**{**transitions(0, 4), field: np.zeros(shape, np.float32)})
    assert len(buffer) == 0


@pytest.mark.parametrize('field', ['capacity', 'observation_dim', 'action_dim'])
def test_size_below_one_is_refused_naming_it(field: str) -> None:
    with pytest.raises(ValueError, match=f'{field} must be at least 1, got 0'):
        ReplayStorage.in_memory(**{'capacity': 1, 'observation_dim': 1, 'action_dim': 1, field: 0})


def test_a_million_transitions_take_the_memory_of_their_fields_and_no_more() -> None:
    storage = ReplayStorage.in_memory(1_000_000, 17, 6)
    assert storage.rows.nbytes == 168_000_000


@pytest.fixture
def quick_turns() -> Iterator[None]:
    """Let threads take turns often: more interleavings, and none waits long for its turn."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures('quick_turns')
def test_samples_under_a_concurrent_writer_are_never_torn() -> None:
    buffer = make_buffer(32)
    buffer.add_batch(**transitions(0, 32))
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        n = 32
        while not stop.is_set():
            buffer.add_batch(**transitions(n, 7))
            n = (n + 7) % 1_000_000  # exact in float32
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(5.0)
        added, deadline = buffer.total_added, time.monotonic() + 5.0
        for _ in range(100):
            batch = buffer.sample(64)
            n = batch.rewards / 2
            assert torch.equal(batch.observations, n[:, None].expand(-1, OBSERVATION_DIM))
            assert torch.equal(batch.next_observations, n[:, None].expand(-1, OBSERVATION_DIM) + 1)
        while buffer.total_added == added and time.monotonic() < deadline:
            buffer.sample(64)
        assert buffer.total_added > added
    finally:
        stop.set()
        writer.join()


def test_flags_that_are_not_given_are_zero() -> None:
    buffer = make_buffer(4)
    given = transitions(0, 1)
    del given['intervened'], given['filtered']
    buffer.add_batch(**given)
    assert buffer.storage.rows[0][['terminated', 'intervened', 'filtered']].tolist() == (1, 0, 0)


def test_transitions_that_the_storage_holds_already_are_revealed_in_order() -> None:
    storage = ReplayStorage.in_memory(10, OBSERVATION_DIM, ACTION_DIM, first=4)
    writer, reader = ReplayBuffer(storage, seed=0), ReplayBuffer(storage, seed=0)
    writer.add_batch(**transitions(4, 9))
    assert len(reader) == 0
    assert (reader.append_recovered(2)['rewards'] == [8, 10]).all()
    assert set(reader.sample(100).rewards.tolist()) == {8.0, 10.0}
    assert len(reader.append_recovered(7)) == 7
    assert (reader.total_added, len(reader)) == (13, 9)
    assert set(reader.sample(500).rewards.tolist()) == {2.0 * n for n in range(4, 13)}
