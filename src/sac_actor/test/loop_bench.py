# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A control loop with a fake robot, for tests of what a tick does."""

from __future__ import annotations

from typing import Any

from sac_actor.action_selector import ActionSelector
from sac_actor.control_loop import ControlLoop
from sac_actor.episode_length import EpisodeLength, NO_LIMIT
from sac_actor.episode_record import EpisodeSummary
from sac_actor.human_control import HumanControl
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.transition_queue import TransitionQueue
from sac_actor.watchdogs.non_finite_action import NonFiniteActionWatchdog
from sac_core.transitions import Transitions

from .fakes import FakeRobot, make_spec, make_weights


class Bench:
    """A control loop that drives a fake robot.

    :param human: settings of what people may ask for
    """

    def __init__(
        self,
        robot: FakeRobot | None = None,
        *,
        max_env_steps: int = 0,
        max_episodes: int = 0,
        episode_length: EpisodeLength = NO_LIMIT,
        max_change: float = 2.0,
        collect: bool = True,
        store_evaluation: bool = False,
        **human: Any,
    ) -> None:
        self.spec = make_spec()
        self.robot = robot or FakeRobot()
        self.episodes: list[EpisodeSummary] = []
        self.queue = TransitionQueue(1000, observation_dim=3, action_dim=2)
        self.runner = PolicyRunner(self.spec, random_steps=0, deterministic=False, seed=0)
        self.runner.swap(make_weights(version=1))
        self.filter = SafetyFilter(2, max_change=max_change)
        self.stop_arbiter = StopArbiter()
        self.human = HumanControl(**human)
        self.loop = ControlLoop(
            selector=ActionSelector(
                self.spec,
                runner=self.runner,
                safety_filter=self.filter,
                intervention=self.human.intervention,
                policy_numbers=NonFiniteActionWatchdog(self.stop_arbiter),
            ),
            stop_arbiter=self.stop_arbiter,
            human=self.human,
            queue=self.queue if collect else None,
            send=self.robot.command,
            report=self.episodes.append,
            max_env_steps=max_env_steps,
            max_episodes=max_episodes,
            episode_length=episode_length,
            store_evaluation=store_evaluation,
        )

    def deliver(self) -> None:
        """Hand over all that the robot has sent."""
        while self.robot.outbox:
            self.loop.observe(self.robot.outbox.popleft())

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.deliver()
            self.loop.tick()
        self.deliver()

    @property
    def rows(self) -> Transitions:
        """All transitions that were closed."""
        self.queue.send_again()
        taken = self.queue.take(1000)
        assert taken is not None
        return taken[1]
