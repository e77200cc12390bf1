# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Notices a learner that cannot keep the configured update-to-data ratio, and says what helps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import time

from sac_core.states import LearnerState
from sac_monitor.reports import LearnerReport

_ENOUGH = 0.8  # of the configured ratio
_PERIOD = 20.0  # for which the ratio must stay below that [s]
_LIGHT_RATIO = 4  # of preset_light.yaml
_BF16_FLAGS = ('avx512_bf16', 'amx_bf16')


class UtdShortfall:
    """Follows a learner's reports until its ratio has been too low for a while.

    :param clock: monotonic time [s]
    :param cpuinfo: flags of the processor
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpuinfo: Path = Path('/proc/cpuinfo'),
    ) -> None:
        self.line = ''  # what to tell people; once there, it stays
        self._clock = clock
        self._cpuinfo = cpuinfo
        self._first: LearnerReport | None = None  # since which the ratio has been too low
        self._first_time = 0.0

    def receive(self, report: LearnerReport) -> None:
        """Take the newest status of the learner."""
        first, now = self._first, self._clock()
        is_short = (
            report.state == LearnerState.TRAINING
            and report.critic_updates > 0  # else the step is still being built
            and report.measured_utd < _ENOUGH * report.target_utd
        )
        if not is_short:
            self._first = None
        elif first is None or not _belong_together(first, report):
            self._first, self._first_time = report, now
        elif now - self._first_time >= _PERIOD and not self.line:
            # An actor that pauses brings nothing to train on: then nothing is too slow.
            steps = report.env_steps - first.env_steps
            sustained = (report.critic_updates - first.critic_updates) / steps if steps else None
            if sustained is not None and sustained < _ENOUGH * report.target_utd:
                self.line = self._describe(report, sustained)
            self._first, self._first_time = report, now

    def _describe(self, report: LearnerReport, sustained: float) -> str:
        remedies = ' or '.join(self._remedies(report, sustained))
        return (
            f'the learner made {sustained:.1f} critic updates per transition in the last'
            f' {_PERIOD:g} s, {report.target_utd:g} are configured: this machine is too slow for'
            f' that; give {remedies}'
        )

    def _remedies(self, report: LearnerReport, sustained: float) -> list[str]:
        """Name two that fit this machine, the one that gives up less first."""
        affordable = max(1, int(sustained))
        runs_fp32 = report.device.startswith('cpu') and 'fp32' in report.device
        found = []
        if runs_fp32 and self._has_bf16():
            if report.target_utd > _LIGHT_RATIO:
                found.append(f'preset:=light ({_LIGHT_RATIO} updates, in bf16)')
            else:
                found.append('the learner `precision: auto` in a params_file (bf16)')
        elif affordable >= _LIGHT_RATIO < report.target_utd:
            found.append(f'preset:=light ({_LIGHT_RATIO} updates)')
        if affordable < report.target_utd:
            found.append(f'utd_ratio:={affordable}')
        if len(found) < 2:
            found.append('smaller networks, hidden_dims:=[128,128]')
        return found

    def _has_bf16(self) -> bool:
        """Whether this processor multiplies bfloat16 without a detour."""
        try:
            words = set(self._cpuinfo.read_text(encoding='ascii', errors='replace').split())
        except OSError:
            return False
        return any(flag in words for flag in _BF16_FLAGS)


def _belong_together(first: LearnerReport, report: LearnerReport) -> bool:
    """Whether two reports are of one learner that aims at one ratio."""
    return (first.learner_session, first.target_utd) == (report.learner_session, report.target_utd)
