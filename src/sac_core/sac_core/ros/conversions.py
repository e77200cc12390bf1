# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Messages to and from the core's own types.

A float32[] field is fast only when it is given an array.array; other sequences are checked and
copied element by element. Scalars are converted explicitly: rclpy writes a numpy scalar as zero.
What comes from a topic is checked here or in `sac_core.message_validation`; what depends on
earlier messages is checked in the actor's `inputs.py` and the monitor's `sanity_check.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection

from builtin_interfaces.msg import Time
import numpy as np
from numpy.typing import NDArray
from sac_core.arrays import FloatArray
from sac_core.spaces import LARGEST_NUMBER, RobotSpec
from sac_core.time_step import TimeStep
from sac_core.transitions import TransitionBatch
from sac_interfaces.msg import EnvSpec, Intervention, Observation
from sac_interfaces.msg import TransitionBatch as BatchMessage

_TYPE_CODES = {np.dtype(np.float32): 'f', np.dtype(np.uint8): 'B', np.dtype(np.uint64): 'Q'}


def to_array(values: NDArray[np.generic]) -> array[float]:
    """Copy a numpy array into the array.array that a sequence field takes fast."""
    return array(_TYPE_CODES[values.dtype], np.ascontiguousarray(values).tobytes())


def to_floats(field: array[float]) -> FloatArray:
    """View a float32[] field as a numpy array, without a copy."""
    return np.frombuffer(field, np.float32)


def fill(message: object, values: object, skip: Collection[str] = ()) -> None:
    """Set the fields of a message that are named as those of a dataclass, and hold Python types.

    :param skip: fields of the dataclass that the message does not have
    :raises AttributeError: where the message has no such field
    """
    for name in vars(values).keys() - skip:
        setattr(message, name, getattr(values, name))


def robot_spec_to_message(spec: RobotSpec, stamp: Time, *, run_id: int = 0) -> EnvSpec:
    """Write a robot's description."""
    message = EnvSpec(run_id=run_id)
    message.header.stamp = stamp
    message.bridge_session = spec.bridge_session
    message.env_id = spec.env_id
    message.observation_dim = spec.observation_dim
    message.action_dim = spec.action_dim
    message.action_low = to_array(spec.action_low)
    message.action_high = to_array(spec.action_high)
    message.step_duration = spec.step_duration
    message.max_episode_steps = spec.max_episode_steps
    return message


def observation_from_message(message: Observation, spec: RobotSpec) -> TimeStep:
    """Read and check an observation of a known robot.

    :raises ValueError: naming the field and what is wrong with it
    """
    values = to_floats(message.observation)
    if len(values) != spec.observation_dim:
        raise ValueError(
            f'observation must hold {spec.observation_dim} numbers, got {len(values)}'
        )
    # What the actor accepts the learner must not refuse: it would be sent again for ever.
    within = np.abs(values) <= LARGEST_NUMBER
    if not within.all():
        worst = int(np.argmin(within))
        raise ValueError(
            f'observation[{worst}] must be finite, and at most {LARGEST_NUMBER:g},'
            f' got {values[worst]:g}'
        )
    if not abs(message.reward) <= LARGEST_NUMBER:
        raise ValueError(
            f'reward must be finite, and at most {LARGEST_NUMBER:g}, got {message.reward}'
        )
    return TimeStep(
        bridge_session=message.bridge_session,
        episode_id=message.episode_id,
        step=message.step,
        observation=values,
        reward=message.reward,
        terminated=message.terminated,
        truncated=message.truncated,
        success=message.success,
    )


def intervention_from_message(message: Intervention, spec: RobotSpec) -> FloatArray | None:
    """Read and check what a person wants a known robot to do.

    :return: (action_dim,) scaled to [-1, 1], not clipped yet; None where the policy shall go on
    :raises ValueError: naming the field and what is wrong with it
    """
    if not message.active:
        return None
    action = to_floats(message.action)
    if len(action) != spec.action_dim:
        raise ValueError(f'action must hold {spec.action_dim} numbers, got {len(action)}')
    if not np.isfinite(action).all():
        raise ValueError('action must be finite')
    return action


def batch_to_message(batch: TransitionBatch, stamp: Time, *, run_id: int = 0) -> BatchMessage:
    """Write transitions."""
    rows = batch.rows
    message = BatchMessage(run_id=run_id)
    message.header.stamp = stamp
    message.actor_session = batch.actor_session
    message.actor = batch.actor
    message.first_sequence = batch.first_sequence
    message.oldest_sequence = batch.oldest_sequence
    message.count = len(rows)
    message.observation_dim = rows.observations.shape[1]
    message.action_dim = rows.actions.shape[1]
    for name, values in vars(rows).items():
        setattr(message, name, to_array(values))
    return message
