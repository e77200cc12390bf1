# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Decides which episodes measure the policy instead of training it: on request, by steps, last."""

from __future__ import annotations

# Episodes of an evaluation that was asked for where none are configured.
REQUESTED_EPISODES = 5
# So often in a row an episode is run again that the robot's side cuts off.
_MOST_CUT_OFF = 10


class EvaluationPlan:
    """Plans evaluations of a few whole episodes each, between those that are collected.

    An episode that is cut off (stop, reset, lost bridge) is run again: it measured nothing.

    :param episodes: in an evaluation; 0: only those on request
    :param period: collected transitions from one evaluation to the next, 0: only at the end
    """

    def __init__(self, *, episodes: int = 0, period: int = 0) -> None:
        self._episodes = episodes
        self._period = period if episodes else 0
        self._evaluated_at: int | None = None  # env_steps
        self._left = 0  # episodes of the evaluation under way
        self._requested = False
        self._cut_off = 0  # in a row
        self.left_out = 0  # episodes that were cut off again and again
        self._at_end = False  # whether that of the end of the run has begun

    def request(self) -> int:
        """Ask for an evaluation after the episode under way. May be called from any thread.

        :return: its episodes
        """
        self._requested = True
        return self._episodes or REQUESTED_EPISODES

    def begin_episode(self, env_steps: int, *, at_end: bool) -> bool:
        """Return whether the episode that begins now is one of an evaluation.

        :param env_steps: transitions collected so far
        :param at_end: nothing more is to be collected
        """
        if not self._left and self.is_due(env_steps, at_end=at_end):
            self._left = self._episodes or REQUESTED_EPISODES
            self._requested = False
            self._evaluated_at = env_steps
            self._at_end = at_end
        return self._left > 0

    def is_due(self, env_steps: int, *, at_end: bool = False) -> bool:
        """Return whether an evaluation waits for the episode under way to end.

        :param env_steps: transitions collected so far
        :param at_end: nothing more is to be collected
        """
        if self._evaluated_at is None:
            self._evaluated_at = env_steps  # what an earlier process collected was its to measure
        if self._requested or (at_end and self.is_left):
            return True
        period = self._period
        return period > 0 and env_steps // period > self._evaluated_at // period

    def finish_episode(self) -> None:
        """Note that an episode of the evaluation ran to its end."""
        self._left -= 1
        self._cut_off = 0

    def note_cut_off(self) -> None:
        """Note that the robot's side cut off an episode of the evaluation."""
        self._cut_off += 1
        if self._cut_off >= _MOST_CUT_OFF:
            self.finish_episode()
            self.left_out += 1

    @property
    def is_under_way(self) -> bool:
        """Whether an evaluation has episodes left."""
        return self._left > 0

    @property
    def is_left(self) -> bool:
        """Whether there is something to evaluate yet before the run can end."""
        last = self._episodes > 0 and not self._at_end
        return last or self._requested or self._left > 0
