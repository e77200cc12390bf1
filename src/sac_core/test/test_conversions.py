# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Messages there and back, and what is refused of what comes from a topic."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import re
from typing import Any

from builtin_interfaces.msg import Time
from hypothesis import given, strategies
import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sac_core.message_validation import batch_from_message, robot_spec_from_message
from sac_core.ros.conversions import (
    batch_to_message,
    observation_from_message,
    robot_spec_to_message,
    to_array,
    to_floats,
)
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch, Transitions
from sac_interfaces.msg import EnvSpec, Observation
from sac_interfaces.msg import TransitionBatch as BatchMessage

STAMP = Time(sec=12, nanosec=34)
SPEC = RobotSpec(
    env_id='Robot-v1',
    observation_dim=3,
    action_dim=2,
    action_low=np.array([-2.0, 0.1], np.float32),
    action_high=np.array([2.0, 10.0], np.float32),
    step_duration=0.02,
    max_episode_steps=100,
    bridge_session=2**63 + 5,
)


def over_the_wire(message: Any) -> Any:
    """Serialize and read back as DDS does."""
    return deserialize_message(serialize_message(message), type(message))


def make_batch(count: int = 4, seed: int = 0) -> TransitionBatch:
    random = np.random.default_rng(seed)
    rows = Transitions.empty(count, observation_dim=3, action_dim=2)
    rows.observations[:] = random.normal(size=(count, 3))
    rows.actions[:] = random.uniform(-1, 1, (count, 2))
    rows.rewards[:] = random.normal(size=count)
    rows.next_observations[:] = random.normal(size=(count, 3))
    rows.terminated[:] = random.integers(0, 2, count)
    rows.truncated[:] = random.integers(0, 2, count)
    rows.episode_ids[:] = random.integers(0, 2**63, count)
    rows.policy_versions[:] = random.integers(0, 2**63, count)
    return TransitionBatch(
        actor_session=2**64 - 1, actor='/arm', first_sequence=7, oldest_sequence=3, rows=rows
    )


@pytest.mark.parametrize('number_type', [np.float32, np.uint8, np.uint64])
def test_arrays_are_copied_bit_for_bit_also_from_a_part_of_a_larger_one(number_type: Any) -> None:
    values = np.arange(12).reshape(3, 4).astype(number_type)
    assert to_array(values[:, 1]).tolist() == [1, 5, 9]
    assert to_array(values).itemsize == values.itemsize


def test_a_field_is_read_without_a_copy() -> None:
    field = array('f', [1.0, 2.0])
    to_floats(field)[1] = 3.0
    assert field.tolist() == [1.0, 3.0]
    assert to_floats(array('f')).size == 0


def test_a_robots_description_survives_the_wire() -> None:
    message = over_the_wire(robot_spec_to_message(SPEC, STAMP))
    read = robot_spec_from_message(message)
    assert message.header.stamp == STAMP
    assert read.difference(SPEC) == ''
    for name in ('step_duration', 'max_episode_steps', 'bridge_session'):
        assert getattr(read, name) == getattr(SPEC, name)


@pytest.mark.parametrize(
    ('name', 'value', 'complaint'),
    [
        ('observation_dim', 0, 'observation_dim must be at least 1, got 0'),
        ('observation_dim', 2**32 - 1, 'observation_dim must be at most 4096, got 4294967295'),
        ('bridge_session', 0, 'bridge_session must be above 0, got 0'),
        ('action_dim', 3, 'action_low must be 3 finite numbers'),
        ('action_low', array('f'), 'action_low must be 2 finite numbers'),
        ('action_high', array('f', [np.nan, 1.0]), 'action_high must be 2 finite numbers'),
        ('step_duration', -1.0, 'step_duration must be above 0 and at most 3600, got -1.0'),
    ],
)
def test_a_robots_description_is_checked(name: str, value: Any, complaint: str) -> None:
    message: EnvSpec = robot_spec_to_message(SPEC, STAMP)
    setattr(message, name, value)
    with pytest.raises(ValueError, match=complaint):
        robot_spec_from_message(message)


@pytest.mark.parametrize(('bad', 'shown'), [(np.inf, 'inf'), (np.nan, 'nan'), (1.7e9, '1.7e+09')])
def test_an_observation_that_is_refused_is_told_by_its_number(bad: float, shown: str) -> None:
    values = np.zeros(SPEC.observation_dim, np.float32)
    values[1] = bad
    message = Observation(observation=to_array(values))
    complaint = f'observation[1] must be finite, and at most 1e+08, got {shown}'
    with pytest.raises(ValueError, match=f'^{re.escape(complaint)}$'):
        observation_from_message(message, SPEC)


@given(count=strategies.integers(1, 40), seed=strategies.integers(0, 99))
def test_transitions_survive_the_wire_bit_for_bit(count: int, seed: int) -> None:
    batch = make_batch(count, seed)
    read = batch_from_message(over_the_wire(batch_to_message(batch, STAMP)), SPEC)
    for name in ('actor_session', 'actor', 'first_sequence', 'oldest_sequence'):
        assert getattr(read, name) == getattr(batch, name)
    for name, values in vars(batch.rows).items():
        np.testing.assert_array_equal(getattr(read.rows, name), values)
        assert getattr(read.rows, name).dtype == values.dtype


def shortened(name: str) -> Callable[[BatchMessage], None]:
    return lambda message: setattr(message, name, getattr(message, name)[:-1])


def replaced(name: str, value: Any) -> Callable[[BatchMessage], None]:
    return lambda message: setattr(message, name, value)


def with_number(name: str, value: float) -> Callable[[BatchMessage], None]:
    return lambda message: getattr(message, name).__setitem__(0, value)


@pytest.mark.parametrize(
    ('spoil', 'complaint'),
    [
        *((shortened(name), f'{name} must hold') for name in vars(make_batch().rows)),
        (replaced('count', 0), 'count must be at least 1, got 0'),
        (replaced('count', 5), 'observations must hold 15 numbers, got 12'),
        (replaced('count', 2**32 - 1), 'observations must hold 12884901885 numbers, got 12'),
        (replaced('actor_session', 0), 'actor_session must be above 0'),
        (replaced('oldest_sequence', 8), 'oldest_sequence 8 is above first_sequence 7'),
        (replaced('observation_dim', 4), 'observation_dim must be 3, got 4'),
        (replaced('action_dim', 0), 'action_dim must be 2, got 0'),
        (with_number('observations', np.nan), 'observations must be finite'),
        (with_number('rewards', np.inf), 'rewards must be finite'),
        (with_number('actions', 1.1), r'actions must be in \[-1, 1\], got 1.1'),
        (with_number('terminated', 2), 'terminated must be 0 or 1'),
        (with_number('truncated', 255), 'truncated must be 0 or 1'),
    ],
)
def test_a_spoilt_batch_is_refused(spoil: Callable[[BatchMessage], None], complaint: str) -> None:
    message = batch_to_message(make_batch(), STAMP)
    spoil(message)
    with pytest.raises(ValueError, match=complaint):
        batch_from_message(over_the_wire(message), SPEC)
