# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Watches a run from outside: every transition on the wire, every status, the host's own time."""

from __future__ import annotations

import hashlib

import numpy as np
from sac_actor.cpu_steal import CpuSteal
from sac_core.ros import names, qos
from sac_core.ros.testing import Spinner
from sac_interfaces.msg import ActorStatus, LearnerStatus, Observation, TransitionBatch


class Witness:
    """Takes part in a run as a listener of its own; statistics are over its whole life."""

    def __init__(self, spinner: Spinner) -> None:
        self._node = spinner.node('witness')
        self.steps: set[tuple[int, int, int]] = set()  # of the robots, as they reported them
        self.observations: set[bytes] = set()  # digests of all that robots observed
        self.sent: dict[tuple[int, int], bytes] = {}  # (session, sequence): digest of the row
        self.changed = 0  # rows that were sent again with another content
        self.actors: dict[int, ActorStatus] = {}  # newest status of each session
        self.learners: dict[int, LearnerStatus] = {}
        self.heard = 0  # messages
        self.longest_period = 0.0
        self.stolen = CpuSteal()
        listen = self._node.create_subscription
        listen(Observation, names.OBSERVATION, self._on_observation, qos.qos_profile_transitions)
        listen(TransitionBatch, names.TRANSITIONS, self._on_batch, qos.qos_profile_transitions)
        listen(ActorStatus, names.ACTOR_STATUS, self._on_actor, qos.qos_profile_transitions)
        listen(LearnerStatus, names.LEARNER_STATUS, self._on_learner, qos.qos_profile_transitions)

    @property
    def stored(self) -> int:
        """Transitions stored in the run, by the learner's last word."""
        return max((each.env_steps for each in self.learners.values()), default=0)

    @property
    def actor_steps(self) -> int:
        """Transitions produced in the run, by the actor's last word."""
        return max((each.env_steps for each in self.actors.values()), default=0)

    @property
    def resends(self) -> int:
        """Times that an actor sent transitions again."""
        return max((each.resends for each in self.actors.values()), default=0)

    @property
    def policy_version(self) -> int:
        """Newest policy that acted."""
        return max((each.policy_version for each in self.actors.values()), default=0)

    def _on_observation(self, message: Observation) -> None:
        self.heard += 1
        observation = np.frombuffer(message.observation, np.float32)
        self.observations.update(row_digests(observation[None]))
        if message.step:
            self.steps.add((message.bridge_session, message.episode_id, message.step))

    def _on_batch(self, message: TransitionBatch) -> None:
        self.heard += 1
        shape = (message.count, -1)
        columns = [
            np.frombuffer(values, np.float32).reshape(shape)
            for values in (
                message.observations,
                message.actions,
                message.rewards,
                message.next_observations,
            )
        ]
        for row, digest in enumerate(row_digests(*columns)):
            place = (message.actor_session, message.first_sequence + row)
            self.changed += self.sent.setdefault(place, digest) != digest

    def _on_actor(self, message: ActorStatus) -> None:
        self.heard += 1
        self.actors[message.actor_session] = message
        self.longest_period = max(self.longest_period, message.period_max)

    def _on_learner(self, message: LearnerStatus) -> None:
        self.heard += 1
        self.learners[message.learner_session] = message


def row_digests(*columns: np.ndarray) -> list[bytes]:
    """Give one digest for each row, of the same row in all matrices side by side."""
    rows = np.ascontiguousarray(np.hstack(columns), np.float32)
    return [hashlib.blake2b(row.tobytes(), digest_size=12).digest() for row in rows]
