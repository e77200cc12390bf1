# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The rate limiter: how many learner steps the stored transitions allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

# 20 s of a 50 Hz robot: more than any batch that arrives at once or a robot's reset takes, so
# that the ratio stays exact across those, and little enough that a learner that was away for an
# hour pays back less than a minute of training.
DEFAULT_MAX_DEBT_STEPS = 1000


@dataclass(frozen=True)
class RateLimiterState:
    """The counters of a rate limiter, saved with a checkpoint.

    :param transitions: stored so far.
    :param steps: learner steps taken.
    :param forgiven: learner steps dropped by the cap on the backlog.
    :param updates: critic updates made.
    :param earlier_transitions: trained on before the ratio was changed for the last time.
    :param earlier_updates: made before that.
    """

    transitions: int = 0
    steps: int = 0
    forgiven: int = 0
    updates: int = 0
    earlier_transitions: int = 0
    earlier_updates: int = 0


class RateLimiter:
    """Allows one learner step, of utd_ratio critic updates, per transition beyond the start.

    :param utd_ratio: critic updates in one learner step.
    :param training_starts: transitions stored before the first step is due.
    :param max_debt_steps: the largest backlog; what exceeds it is dropped and shows in
        `measured_utd`. None, for lockstep, drops nothing.
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
        self._counters = RateLimiterState()

    def observe(self, transitions: int) -> None:
        """Count transitions that were stored."""
        c = self._counters
        self._counters = replace(c, transitions=c.transitions + transitions)
        if self._max_debt_steps is not None:
            excess = max(0, self.backlog() - self._max_debt_steps)
            self._counters = replace(self._counters, forgiven=c.forgiven + excess)

    def backlog(self) -> int:
        """Learner steps to take before the ratio is met; 0 when the learner must wait."""
        c = self._counters
        return max(0, self._trained_transitions() - c.steps - c.forgiven)

    def count_steps(self, steps: int) -> None:
        """Count learner steps that were done."""
        c = self._counters
        updates = c.updates + self._utd_ratio * steps
        self._counters = replace(c, steps=c.steps + steps, updates=updates)

    def measured_utd(self) -> float:
        """Critic updates for each transition beyond the start, or since the ratio was changed.

        :return: 0 before there is a transition
        """
        c = self._counters
        transitions = self._trained_transitions() - c.earlier_transitions
        return (c.updates - c.earlier_updates) / transitions if transitions else 0.0

    def change_ratio(self, utd_ratio: int) -> None:
        """Count steps of another size from now on."""
        self._utd_ratio = utd_ratio
        self._counters = replace(
            self._counters,
            earlier_transitions=self._trained_transitions(),
            earlier_updates=self._counters.updates,
        )

    @property
    def updates(self) -> int:
        """Critic updates made."""
        return self._counters.updates

    def state(self) -> RateLimiterState:
        """Give the counters, to continue from them after a restart."""
        return self._counters

    def load(self, state: RateLimiterState) -> None:
        """Continue from saved counters."""
        if state.steps and not state.updates:  # saved before the ratio could change
            state = replace(state, updates=state.steps * self._utd_ratio)
        self._counters = state

    def _trained_transitions(self) -> int:
        return max(0, self._counters.transitions - self._training_starts)
