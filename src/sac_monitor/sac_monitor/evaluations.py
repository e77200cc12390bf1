# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Episodes that measure the policy, gathered into the evaluations that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
import math

from sac_monitor.reports import EpisodeReport


@dataclass
class EvaluationSummary:
    """Whole episodes that one actor ran, and collected nothing in between.

    :param env_steps: collected by the run when it began
    :param actor_session: of the actor, 0 for several
    :param actor_steps: collected by the actor when its last episode ended
    """

    env_steps: int
    actor_session: int
    actor_steps: int = 0
    returns: list[float] = field(default_factory=list)
    successes: int = 0

    @property
    def episodes(self) -> int:
        """How many there are."""
        return len(self.returns)

    @property
    def success_rate(self) -> float:
        """Share of the episodes in which the task was achieved."""
        return self.successes / len(self.returns)

    def add(self, episode: EpisodeReport) -> None:
        """Take in an episode."""
        self.returns.append(episode.episode_return)
        self.successes += episode.success
        self.actor_steps = episode.env_steps

    def goes_on_with(self, episode: EpisodeReport) -> bool:
        """Return whether an episode may belong to it: none or all of its steps were collected."""
        collected = episode.env_steps - self.actor_steps
        return episode.actor_session == self.actor_session and collected in (0, episode.length)

    @property
    def return_mean(self) -> float:
        """Mean return."""
        return sum(self.returns) / len(self.returns)

    @property
    def return_std(self) -> float:
        """Standard deviation of the returns of these episodes, over their number."""
        mean = self.return_mean
        return math.sqrt(sum((value - mean) ** 2 for value in self.returns) / len(self.returns))


class Evaluations:
    """Tells one evaluation from the next: an episode of another kind, or a restart, ends it."""

    def __init__(self) -> None:
        self.all: list[EvaluationSummary] = []
        self._latest: dict[str, EvaluationSummary] = {}  # of each actor
        self._current: dict[str, EvaluationSummary] = {}  # under way
        self._ended: list[EvaluationSummary] = []  # and not taken yet

    def receive(self, episode: EpisodeReport, env_steps: int) -> None:
        """Take in an episode of any kind.

        :param env_steps: of the run, when the episode ended
        """
        current = self._current.get(episode.actor)
        if current is not None and not (episode.evaluation and current.goes_on_with(episode)):
            self._ended.append(self._current.pop(episode.actor))
            current = None
        if not episode.evaluation:
            return
        if current is None:
            current = EvaluationSummary(env_steps, episode.actor_session, episode.env_steps)
            self.all.append(current)
            self._current[episode.actor] = self._latest[episode.actor] = current
        current.add(episode)

    def take_ended(self, *, all_of_them: bool = False) -> list[EvaluationSummary]:
        """Return those that have ended since the last call.

        :param all_of_them: those under way, too: the run is over
        """
        ended, self._ended = self._ended, []
        if all_of_them:
            ended += self._current.values()
            self._current = {}
        return ended

    def latest(self) -> EvaluationSummary | None:
        """Put the last evaluations of all actors together; None before the first episode."""
        if not self._latest:
            return None
        last = list(self._latest.values())
        return EvaluationSummary(
            env_steps=max(each.env_steps for each in last),
            actor_session=0,
            returns=[value for each in last for value in each.returns],
            successes=sum(each.successes for each in last),
        )
