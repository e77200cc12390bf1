# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses each action: a person's before the policy's, and either only through the filter."""

from __future__ import annotations

import numpy as np
from sac_actor.intervention import Intervention
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.watchdogs.non_finite_action import NonFiniteActionWatchdog
from sac_core.arrays import FloatArray
from sac_core.spaces import ActionScale, RobotSpec


class ActionSelector:
    """Remembers of the last action what its transition must tell.

    `action` (action_dim,) is what was executed, scaled to [-1, 1]; `filtered` whether the filter
    changed it; `intervened` whether a person chose it; `explored` whether chance was in it;
    `version` that of the policy in use then, 0 where the policy's turn was one at random.

    :param policy_numbers: looks at each action of the policy
    """

    def __init__(
        self,
        spec: RobotSpec,
        *,
        runner: PolicyRunner,
        safety_filter: SafetyFilter,
        intervention: Intervention,
        policy_numbers: NonFiniteActionWatchdog,
    ) -> None:
        self._runner = runner
        self._filter = safety_filter
        self._intervention = intervention
        self._policy_numbers = policy_numbers
        self._scale = ActionScale(spec)
        self._command = np.empty(spec.action_dim, np.float32)
        self._evaluates = False
        self.action = np.zeros(spec.action_dim, np.float32)
        self.filtered = False
        self.intervened = False
        self.explored = False
        self.version = 0
        self.rest = self._scale.to_robot(self.action, np.empty_like(self.action))

    def begin_episode(self, *, evaluates: bool) -> None:
        """Begin from rest.

        :param evaluates: act by the mean of one policy to the end of the episode
        """
        self._filter.reset()
        self._evaluates = evaluates
        if evaluates:
            self._runner.pin()

    def act(self, observation: FloatArray) -> FloatArray | None:
        """Choose an action.

        :param observation: (observation_dim,)
        :return: (action_dim,) in the robot's units, a buffer that the next call overwrites; None
            where the policy's numbers are such that the robot must stop
        """
        action_of_person = self._intervention.action()
        self.intervened = action_of_person is not None
        if action_of_person is not None:
            action, self.version = action_of_person, self._runner.version
            self.explored = False
        else:
            choose = self._runner.evaluate if self._evaluates else self._runner.act
            action, self.version = choose(observation)
            self.explored = self._runner.explored
            if not self._policy_numbers.check(action, self._runner.last_weights):
                return None
        changed = self._filter.changed
        self.action[:] = self._filter.apply(action, observation)
        self.filtered = self._filter.changed > changed
        return self._scale.to_robot(self.action, self._command)
