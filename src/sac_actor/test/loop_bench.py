# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A control loop with a fake robot, for tests of what a tick does."""

from __future__ import annotations

from typing import Any

from sac_actor.authority import Authority
from sac_actor.control_loop import ControlLoop
from sac_actor.episode_length import AS_THE_ROBOT_HAS_IT, EpisodeLength
from sac_actor.episode_record import EpisodeSummary
from sac_actor.human_control import HumanControl
from sac_actor.pilot import Pilot
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.transition_queue import TransitionQueue
from sac_actor.watchdogs.policy_numbers import PolicyNumbersWatchdog
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
        episode_length: EpisodeLength = AS_THE_ROBOT_HAS_IT,
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
        self.authority = Authority()
        self.human = HumanControl(**human)
        self.loop = ControlLoop(
            pilot=Pilot(
                self.spec,
                runner=self.runner,
                safety_filter=self.filter,
                intervention=self.human.intervention,
                policy_numbers=PolicyNumbersWatchdog(self.authority),
            ),
            authority=self.authority,
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
