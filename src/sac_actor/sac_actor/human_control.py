# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What people ask of the actor, beside that it stand still (see authority.py).

Set from any thread and read in the control loop: no locks, each change is one assignment.
"""

from __future__ import annotations

from sac_actor.evaluation import EvaluationPlan
from sac_actor.intervention import Intervention


class HumanControl:
    """Intervene, evaluate, pause the collecting, begin a new episode.

    :param intervention_timeout: time after which a person who is silent has handed back [s]
    :param eval_episodes: of an evaluation, 0: only those on request
    :param eval_period: collected transitions from one evaluation to the next, 0: only at the end
    """

    def __init__(
        self, *, intervention_timeout: float = 0.2, eval_episodes: int = 0, eval_period: int = 0
    ) -> None:
        self.intervention = Intervention(timeout=intervention_timeout)
        self.evaluation = EvaluationPlan(episodes=eval_episodes, period=eval_period)
        self.pausing = False  # the robot acts, and nothing is collected
        self._reset = False

    def reset(self) -> None:
        """Ask for a new episode."""
        self._reset = True

    def take_reset(self) -> bool:
        """Return whether a new episode was asked for since the last call."""
        if not self._reset:
            return False
        self._reset = False
        return True
