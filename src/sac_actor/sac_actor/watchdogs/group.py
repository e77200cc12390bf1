# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""All watchdogs of an actor: asked together each tick; authority hears of what must stop it."""

from __future__ import annotations

from collections.abc import Iterator

from sac_actor.config import ActorSettings
from sac_actor.control_loop import ControlLoop
from sac_actor.stop_arbiter import StopArbiter
from sac_actor.watchdogs.answer import AnswerWatchdog
from sac_actor.watchdogs.clock_jumps import ClockWatchdog
from sac_actor.watchdogs.non_finite_action import NonFiniteActionWatchdog
from sac_actor.watchdogs.overruns import OverrunWatchdog
from sac_actor.watchdogs.reset import ResetWatchdog
from sac_actor.watchdogs.silence import SilenceWatchdog
from sac_actor.watchdogs.watchdog import Watchdog


class WatchdogGroup:
    """The watchdogs that an actor's settings ask for, each under a name of its own.

    In lockstep everybody may take as long as it takes: there the robot side's silence and late
    ticks are no faults.

    :param authority: keeps the robot still while a watchdog asks for it
    """

    def __init__(self, settings: ActorSettings, stop_arbiter: StopArbiter) -> None:
        self._stop_arbiter = stop_arbiter
        self.observation = SilenceWatchdog(
            'observation stale', 'no observation', timeout=settings.observation_timeout, stops=True
        )
        self.answer = AnswerWatchdog(timeout=settings.answer_timeout)
        self.overruns = OverrunWatchdog(limit=settings.max_overruns_in_row)
        self.bridge = SilenceWatchdog(
            'bridge gone', 'no bridge in the network', timeout=settings.bridge_timeout, stops=True
        )
        self.reset = ResetWatchdog(timeout=settings.reset_timeout, silence=settings.bridge_timeout)
        self.policy = NonFiniteActionWatchdog(stop_arbiter)
        self.weights = SilenceWatchdog(
            'weights stale',
            'no new policy weights',
            timeout=settings.weights_timeout,
            stops=settings.stop_on_stale_weights,
        )
        self.learner = SilenceWatchdog(
            'learner gone',
            'nothing heard of the learner',
            timeout=settings.learner_timeout,
            stops=False,
        )
        self.clock = ClockWatchdog(limit=settings.max_clock_jump)
        self._all: list[Watchdog] = [self.policy, self.bridge, self.reset, self.clock]
        if settings.control_rate > 0:
            self._all += [self.observation, self.answer, self.overruns]
        if not settings.checkpoint:
            self._all += [self.weights, self.learner]

    def __iter__(self) -> Iterator[Watchdog]:
        return iter(self._all)

    def begin(self, now_ns: int) -> None:
        """Count every time from now on: the loop begins to run."""
        for watchdog in self._all:
            watchdog.begin(now_ns)

    def look(self, now_ns: int, loop: ControlLoop) -> None:
        """Ask them all. Called in the control loop, between observations and tick."""
        self.observation.excused = loop.is_between_episodes
        self.reset.resetting = loop.is_between_episodes and loop.may_move
        self.answer.unanswered = loop.is_unanswered
        for watchdog in self._all:
            fault = watchdog.look(now_ns)
            if watchdog.stops:
                if fault:
                    self._stop_arbiter.stop(watchdog.name, fault)
                else:
                    self._stop_arbiter.clear(watchdog.name)
