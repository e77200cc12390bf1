# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that ticks a control loop: on an absolute clock, or in lockstep with the learner."""

from __future__ import annotations

from collections.abc import Callable
import math
import queue
import threading
import time
import traceback

import numpy as np
from sac_actor.control_loop import ControlLoop
from sac_actor.tick_gate import TickGate
from sac_actor.watchdogs.group import WatchdogGroup
from sac_core.time_step import TimeStep
from sac_core.timing import Deadlines, PeriodSamples, Samples

_LONGEST_WAIT = 0.05  # [s] until a stop is noticed
_LOCKSTEP_REPEAT = 1.0  # [s] without an observation after which the last command is repeated


class LoopThread:
    """Ticks a control loop on a thread of its own; may be stopped and started again.

    :param rate: ticks per second [Hz]; 0: lockstep
    :param watchdogs: asked before each tick
    :param may_act: lockstep: whether the learner has done its part; asked before each action
    :param prepare: called on this thread before the first tick
    :param after_tick: called on this thread after every tick; must not wait
    :param clock: monotonic [ns]
    :param sleep: waits that many seconds
    """

    def __init__(
        self,
        loop: ControlLoop,
        *,
        rate: float,
        watchdogs: WatchdogGroup,
        may_act: Callable[[], bool],
        prepare: Callable[[], None] = lambda: None,
        after_tick: Callable[[], None],
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._loop = loop
        self._rate = rate
        self._watchdogs = watchdogs
        self._may_act = may_act
        self._prepare = prepare
        self._after_tick = after_tick
        self._clock = clock
        self._sleep = sleep
        self._period_ns = round(1e9 / rate) if rate else 0
        self._gate = TickGate(self._period_ns, clock=clock)
        # None wakes the lockstep loop without an observation.
        self._inbox: queue.SimpleQueue[tuple[TimeStep, int] | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._newest_ns = 0  # when the newest observation arrived
        self._answered_ns = 0  # the one answered by the command on its way out; 0: none, or sent
        self.periods = PeriodSamples()  # [s] between two ticks
        self.lateness = Samples()  # [s] from the deadline to the tick
        self.latency = Samples()  # [s] from the arrival of an observation to its answer's sending
        self.ticks = 0
        self.overruns = 0
        self.failure = ''

    def start(self) -> None:
        """Begin to tick."""
        self._stop.clear()
        self.periods.forget_last()
        self._watchdogs.begin(self._clock())
        self._thread = threading.Thread(target=self._guarded_run, name='control')
        self._thread.start()

    @property
    def observation_age(self) -> float:
        """Time since the newest observation arrived [s], -1: none."""
        return (self._clock() - self._newest_ns) * 1e-9 if self._newest_ns else -1.0

    @property
    def stale_ticks(self) -> int:
        """Ticks of the clock without a fresh observation; in lockstep there is none to miss."""
        return self._loop.stale_ticks if self._rate > 0 else 0

    def put(self, observed: TimeStep) -> None:
        """Hand over an observation; returns at once."""
        self._inbox.put((observed, self._clock()))

    def wake(self) -> None:
        """Make the lockstep loop ask again whether it may act; returns at once."""
        self._inbox.put(None)

    def command_sent(self) -> None:
        """Note that the newest command has gone out. From any thread."""
        answered_ns, self._answered_ns = self._answered_ns, 0
        if answered_ns:
            self.latency.add((self._clock() - answered_ns) * 1e-9)

    def yield_to_tick(self) -> None:
        """Let a tick that is due come first; for threads that work beside the loop."""
        self._gate.yield_to_tick()

    def stop(self) -> None:
        """End the thread after the tick it is in."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _guarded_run(self) -> None:
        try:
            with np.errstate(all='ignore'):  # a warning would be printed; the watchdogs see to it
                self._prepare()
                if self._rate > 0:
                    self._run_on_clock()
                else:
                    self._run_in_lockstep()
        except Exception as error:  # noqa: BLE001  the robot must come to rest whatever it was
            self._fail(error)
        self._gate.due_ns = 0
        try:
            self._loop.stand_still()
        except Exception as error:  # noqa: BLE001  whatever a caller's `send` may raise
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        traceback.print_exc()
        self.failure = self.failure or f'control loop failed: {error!r}'

    def _run_on_clock(self) -> None:
        deadlines = Deadlines(self._period_ns, self._clock() + self._period_ns)
        self._gate.due_ns = deadlines.next_ns
        while self._sleep_until(deadlines.next_ns):
            begun_ns = self._clock()
            self.lateness.add((begun_ns - deadlines.next_ns) * 1e-9)
            self._take_observations()
            self._watchdogs.look(begun_ns, self._loop)
            self._tick(begun_ns)
            missed = deadlines.advance(self._clock())
            self._gate.due_ns = deadlines.next_ns
            self._watchdogs.overruns.ticked(missed)
            self.overruns += missed

    def _sleep_until(self, due_ns: int) -> bool:
        """Return at a time, and whether to continue."""
        while not self._stop.is_set():
            left = (due_ns - self._clock()) * 1e-9
            if left <= 0:
                return True
            self._sleep(min(left, _LONGEST_WAIT))
        return False

    def _run_in_lockstep(self) -> None:
        answered_ns = self._clock()
        while not self._stop.is_set():
            try:
                received = self._inbox.get(timeout=_LONGEST_WAIT)
            except queue.Empty:
                received = None
            if received is not None:
                self._observe(*received)
                self._after_tick()
            now_ns = self._clock()
            self._watchdogs.look(now_ns, self._loop)
            overdue = now_ns - answered_ns >= self._lockstep_patience() * 1e9
            if overdue or (self._loop.is_ready and self._may_act()):
                answered_ns = now_ns
                self._tick(now_ns)

    def _lockstep_patience(self) -> float:
        """Return how long after the last command another is given unasked [s]."""
        if not self._loop.may_move:
            return _LONGEST_WAIT if self._loop.stands_still else 0.0
        return _LOCKSTEP_REPEAT if self._loop.awaits_observation else math.inf

    def _take_observations(self) -> None:
        while True:
            try:
                received = self._inbox.get_nowait()
            except queue.Empty:
                return
            if received is not None:
                self._observe(*received)

    def _observe(self, observed: TimeStep, arrived_ns: int) -> None:
        self._watchdogs.observation.heard(arrived_ns)
        self._watchdogs.reset.heard(arrived_ns)
        if self._loop.observe(observed):
            self._newest_ns = arrived_ns

    def _tick(self, begun_ns: int) -> None:
        self.periods.tick(begun_ns)
        if self._loop.is_ready:
            self._answered_ns = self._newest_ns
        self._loop.tick()
        self.ticks += 1
        self._after_tick()
