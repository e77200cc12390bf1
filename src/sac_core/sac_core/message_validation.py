# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checks transitions and a robot's description that came over a network or from a file.

Both come as an object with the fields of the message, whichever library read it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sac_core.spaces import RobotSpec
from sac_core.transitions import TransitionBatch, Transitions


def check_session(name: str, session: int) -> None:
    """Check that somebody has drawn a session number.

    :raises ValueError: naming the field and the value
    """
    if session < 1:
        raise ValueError(f'{name} must be above 0, got {session}')


def robot_spec_from_message(message: Any) -> RobotSpec:
    """Read and check a robot's description.

    :param message: with the fields of EnvSpec.msg
    :raises ValueError: naming the field and the value
    """
    check_session('bridge_session', message.bridge_session)
    return RobotSpec(
        env_id=message.env_id,
        observation_dim=message.observation_dim,
        action_dim=message.action_dim,
        action_low=numbers(message.action_low, np.float32).copy(),
        action_high=numbers(message.action_high, np.float32).copy(),
        step_duration=message.step_duration,
        max_episode_steps=message.max_episode_steps,
        bridge_session=message.bridge_session,
    )


def batch_from_message(message: Any, spec: RobotSpec) -> TransitionBatch:
    """Read and check transitions of a known robot.

    :param message: with the fields of TransitionBatch.msg
    :raises ValueError: naming the field and what is wrong with it
    """
    count = message.count
    if count < 1:
        raise ValueError(f'count must be at least 1, got {count}')
    check_session('actor_session', message.actor_session)
    if message.oldest_sequence > message.first_sequence:
        raise ValueError(
            f'oldest_sequence {message.oldest_sequence} is above first_sequence'
            f' {message.first_sequence}'
        )
    for name in ('observation_dim', 'action_dim'):
        if getattr(message, name) != getattr(spec, name):
            raise ValueError(f'{name} must be {getattr(spec, name)}, got {getattr(message, name)}')
    wanted = {'observations': spec.observation_dim, 'next_observations': spec.observation_dim}
    wanted['actions'] = spec.action_dim
    arrays = {}
    for name, template in vars(Transitions.empty(0, observation_dim=1, action_dim=1)).items():
        values = numbers(getattr(message, name), template.dtype)
        columns = wanted.get(name)
        length = count * (columns or 1)
        if len(values) != length:
            raise ValueError(f'{name} must hold {length} numbers, got {len(values)}')
        arrays[name] = values.reshape(count, columns) if columns else values
    rows = Transitions(**arrays)
    rows.check()
    return TransitionBatch(
        actor_session=message.actor_session,
        actor=message.actor,
        first_sequence=message.first_sequence,
        oldest_sequence=message.oldest_sequence,
        rows=rows,
    )


def numbers(field: Any, dtype: Any) -> NDArray[Any]:
    """Give a sequence field as a numpy array, without a copy where it is a buffer."""
    if isinstance(field, list):
        return np.array(field, dtype)
    return np.frombuffer(field, dtype)
