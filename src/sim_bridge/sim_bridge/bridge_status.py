# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How the simulated robot is doing, for /diagnostics."""

from __future__ import annotations

from dataclasses import replace
import time

from sac_core.command_watch import CommandWatch
from sac_core.diagnostics import Level, Status
from sim_bridge.env_runner import EnvRunner


class BridgeStatus:
    """Compares the counts of a runner with those of the last report."""

    def __init__(self, runner: EnvRunner, watch: CommandWatch) -> None:
        self._runner = runner
        self._watch = watch
        self._counts = replace(runner.counts)
        self._timeouts = 0
        self._time = time.monotonic()

    def report(self, *, is_emergency: bool) -> Status:
        """Describe the time since the last report."""
        counts, now = self._runner.counts, time.monotonic()
        rate = (counts.steps - self._counts.steps) / (now - self._time)
        warning = self._warning(is_emergency=is_emergency)
        self._counts, self._time = replace(counts), now
        self._timeouts = self._watch.timeouts
        return Status(
            'environment',
            warning or self._state(rate),
            Level.WARN if warning else Level.OK,
            {
                'env_id': self._runner.spec.env_id,
                'steps_per_second': round(rate, 1),
                **vars(counts),
                'is_safe': self._runner.is_safe,
                'command_timeouts': self._watch.timeouts,
                'seconds_to_safe_state': self._watch.silence,
                'longest_seconds_to_safe_state': self._watch.longest_silence,
            },
        )

    def _warning(self, *, is_emergency: bool) -> str:
        counts, before, watch = self._runner.counts, self._counts, self._watch
        if is_emergency:
            return 'emergency stop'
        if watch.has_timed_out or watch.timeouts > self._timeouts:
            verb = 'stands' if self._runner.is_safe else 'stood'
            return f'{verb} still: no command for {watch.silence:.2f} s'
        if refused := counts.refused_actions - before.refused_actions:
            return f'{refused} actions refused'
        if unstable := counts.unstable_steps - before.unstable_steps:
            return f'{unstable} steps were unstable'
        if unusable := counts.unusable_steps - before.unusable_steps:
            return f'{unusable} steps had numbers that are not finite or too large'
        return ''

    def _state(self, rate: float) -> str:
        if self._runner.is_safe:
            return 'stands still until a reset'
        return 'stepping' if rate else 'waiting for commands'
