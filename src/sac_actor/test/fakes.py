# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot, a clock and a policy for the tests of the actor: small, seeded, without ROS."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np
from sac_actor.config import ActorSettings
from sac_actor.decision import Decision
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.group import WatchdogGroup
from sac_core.arrays import FloatArray
from sac_core.spaces import RobotSpec
from sac_core.time_step import TimeStep
from sac_core.weights import PolicyArchitecture, PolicyWeights


def make_spec(
    *, observation_dim: int = 3, action_dim: int = 2, env_id: str = 'Fake-v0'
) -> RobotSpec:
    return RobotSpec(
        env_id=env_id,
        observation_dim=observation_dim,
        action_dim=action_dim,
        action_low=np.full(action_dim, -2.0, np.float32),
        action_high=np.full(action_dim, 4.0, np.float32),
        step_duration=0.02,
        max_episode_steps=0,
    )


def make_weights(
    *,
    observation_dim: int = 3,
    action_dim: int = 2,
    version: int = 1,
    learner_steps: int = 0,
    seed: int = 0,
) -> PolicyWeights:
    shape = PolicyArchitecture(
        observation_dim=observation_dim,
        action_dim=action_dim,
        hidden_dims=(8,),
        activation='relu',
        layer_norm=False,
        log_std_min=-5.0,
        log_std_max=2.0,
    )
    random = np.random.default_rng(seed)
    tensors = {
        name: random.standard_normal(size).astype(np.float32)
        for name, size in shape.tensor_shapes().items()
    }
    return PolicyWeights(
        architecture=shape, tensors=tensors, version=version, learner_steps=learner_steps
    )


def make_wild_weights(*, version: int = 1) -> PolicyWeights:
    """Weights that pass every check, and yet choose actions that are not finite."""
    weights = make_weights(version=version)
    for tensor in weights.tensors.values():
        tensor[:] = 3e38
    weights.tensors['mean.weight'][::2] *= -1  # infinities of both signs: their sum is no number
    return weights


def make_watchdogs(stop_arbiter: StopArbiter, **settings: Any) -> WatchdogGroup:
    """The watchdogs of an actor, most of them too patient to notice anything."""
    names = ('observation_timeout', 'answer_timeout', 'bridge_timeout')
    patient: dict[str, Any] = dict.fromkeys(names, 3600.0)
    patient['max_overruns_in_row'] = 10**9
    return WatchdogGroup(ActorSettings(**(patient | settings)), stop_arbiter)


class FakeRobot:
    """A bridge: executes the command that answers its newest observation, and nothing else.

    Observation n of episode e is (e, n, session); the reward of the step that leads there is n.

    :param episode_length: steps after which an episode ends
    :param terminates: whether it ends by the task's rule, or by the time limit
    """

    def __init__(
        self, *, episode_length: int = 5, terminates: bool = False, session: int = 7
    ) -> None:
        self.session = session
        self._length = episode_length
        self._terminates = terminates
        self._episode = 0
        self.step_number = 0
        self.executed: list[FloatArray] = []
        self.commands: list[Decision] = []
        self.newest = self.observation()
        self.is_safe = False  # stands still until a reset
        self.stops = 0
        self.outbox = deque([self.newest])  # observations on their way to the actor

    def command(self, decision: Decision) -> None:
        """Take a decision as the control loop sends it."""
        self.commands.append(decision)
        if decision.stop:
            self.stops += 1
            self.stand_still()
            return
        if (
            decision.in_reply_to.sequence_id != self.newest.sequence_id
            or self.is_safe > decision.reset
        ):
            return
        if decision.reset:
            self.is_safe = False
            self.begin()
            return
        self.executed.append(decision.action.copy())
        self.step_number += 1
        ends = self.step_number == self._length
        self._publish(self.observation(ends=ends))
        if ends:
            self.begin()

    def stand_still(self) -> None:
        """Go to the safe state, as a bridge does that is told to, or hears nothing."""
        self.is_safe = True
        self.newest = replace(self.newest, truncated=True)
        self.outbox.append(self.newest)

    def restart(self) -> None:
        """Come back as another process: another session, the first episode."""
        self.session += 1
        self._episode = -1
        self.begin()

    def heartbeat(self) -> None:
        self.outbox.append(self.newest)

    def begin(self) -> None:
        self._episode += 1
        self.step_number = 0
        self._publish(self.observation())

    def _publish(self, observed: TimeStep) -> None:
        self.newest = observed
        self.outbox.append(observed)

    def observation(self, *, ends: bool = False) -> TimeStep:
        return TimeStep(
            bridge_session=self.session,
            episode_id=self._episode,
            step=self.step_number,
            observation=np.array([self._episode, self.step_number, self.session], np.float32),
            reward=float(self.step_number),
            terminated=ends and self._terminates,
            truncated=ends and not self._terminates,
            success=ends and self._terminates,
        )
