# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The pace of training: how many high-UTD steps the stored transitions call for."""

from __future__ import annotations

from dataclasses import dataclass, replace

# 20 s of a 50 Hz robot: more than any batch that arrives at once or a robot's reset takes, so
# that the ratio stays exact across those, and little enough that a learner that was away for an
# hour pays back less than a minute of training.
DEFAULT_MAX_DEBT_STEPS = 1000


@dataclass(frozen=True)
class PaceState:
    """The counters of a pace, saved with a checkpoint.

    :param transitions: stored so far.
    :param steps: high-UTD steps taken.
    :param forgiven: high-UTD steps that the cap on the debt cut off.
    """

    transitions: int = 0
    steps: int = 0
    forgiven: int = 0


class Pace:
    """Owes one high-UTD step, of utd_ratio critic updates, for each transition beyond the start.

    :param utd_ratio: critic updates in one high-UTD step.
    :param training_starts: transitions stored before the first step is owed.
    :param max_debt_steps: the most that is ever owed; what exceeds it is forgiven and shows in
        `measured_utd`. None, for lockstep, forgives nothing.
    :raises ValueError: for a value outside its range, naming field and value.
    """

    def __init__(
        self,
        *,
        utd_ratio: int,
        training_starts: int,
        max_debt_steps: int | None = DEFAULT_MAX_DEBT_STEPS,
    ) -> None:
        for name, value, low in (
            ('utd_ratio', utd_ratio, 1),
            ('training_starts', training_starts, 0),
            ('max_debt_steps', max_debt_steps, 1),
        ):
            if value is not None and value < low:
                raise ValueError(f'{name} must be at least {low}, got {value}')
        self._utd_ratio = utd_ratio
        self._training_starts = training_starts
        self._max_debt_steps = max_debt_steps
        self._counters = PaceState()

    def observe(self, transitions: int) -> None:
        """Count transitions that were stored."""
        c = self._counters
        self._counters = replace(c, transitions=c.transitions + transitions)
        if self._max_debt_steps is not None:
            excess = max(0, self.steps_owed() - self._max_debt_steps)
            self._counters = replace(self._counters, forgiven=c.forgiven + excess)

    def steps_owed(self) -> int:
        """High-UTD steps to take before the ratio is met; 0 when the learner must wait."""
        c = self._counters
        return max(0, self._trained_transitions() - c.steps - c.forgiven)

    def took(self, steps: int) -> None:
        """Count high-UTD steps that were done."""
        c = self._counters
        self._counters = replace(c, steps=c.steps + steps)

    def measured_utd(self) -> float:
        """Critic updates done for each transition beyond the start; 0 before there is one."""
        return (
            self._utd_ratio * self._counters.steps / self._trained_transitions()
            if self._trained_transitions()
            else 0.0
        )

    def state(self) -> PaceState:
        """Give the counters, to go on from them after a restart."""
        return self._counters

    def load(self, state: PaceState) -> None:
        """Go on from saved counters."""
        self._counters = state

    def _trained_transitions(self) -> int:
        return max(0, self._counters.transitions - self._training_starts)
