# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a learner does at the moment, and what it waits for, as its status says it."""

from __future__ import annotations

from sac_core.ros import names
from sac_core.states import LearnerState
from sac_learner.training_loop import TrainingLoop


def describe(
    loop: TrainingLoop | None,
    *,
    knows_robot: bool,
    paused_by_operator: bool,
    ends: bool,
    stored: int,
    training_starts: int,
) -> tuple[str, str]:
    """Name the state of LearnerStatus.msg, and what is waited for.

    :param loop: None before it is configured
    :param rests: an operator paused the training
    :param ends: the end has begun
    :param stored: transitions
    :param training_starts: transitions before the first update
    """
    if not knows_robot:
        return LearnerState.WAITING, f'{names.ENV_SPEC} from a bridge'
    if loop is None or (loop.is_deactivated and not ends):
        return LearnerState.WAITING, 'its activation' if loop else 'its configuration'
    if paused_by_operator:
        return LearnerState.PAUSED, ''
    if loop.offline_left:
        return LearnerState.OFFLINE, f'{loop.offline_left} steps on prior_data'
    if loop.replaying:
        return LearnerState.RESUMING, f'{loop.replaying} stored transitions to train on again'
    if not stored:
        return LearnerState.FILLING, f'{names.TRANSITIONS} from an actor'
    if stored < training_starts:
        return LearnerState.FILLING, f'replay buffer {stored}/{training_starts}'
    return LearnerState.TRAINING, ''
