# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What is known about a run, from the statuses and episodes heard so far.

Everything that shows or records a run (terminal, files, dashboard) reads this one state.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
import math
import time

from sac_core.metrics import METRICS
from sac_core.spaces import RobotSpec
from sac_core.states import ActorState, LearnerState
from sac_monitor.evaluations import Evaluations
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport, value_in
from sac_monitor.starts import Starts
from sac_monitor.utd_shortfall import UtdShortfall

EPISODES_AVERAGED = 10
SILENT_AFTER = 10.0  # a node without a status for so long is reported [s]
_RATE_WINDOW = 5.0  # over which environment steps per second are counted [s]
_SHORTEST_WINDOW = 1.0
# States of an actor that gives its robot commands.
_DRIVING = (
    *(ActorState.RUNNING, ActorState.EVALUATING, ActorState.PAUSED),
    *(ActorState.HOLDING, ActorState.STOPPED),
)
# States of a learner that does not know yet what an earlier one stored.
_BEGINNING = (LearnerState.WAITING, LearnerState.RESUMING)
# Counts in which an actor includes its earlier sessions; the others begin at 0 with each.
_RUN_COUNTS = (
    'env_steps',
    'episodes',
    'transitions_sent',
    'transitions_acked',
    'transitions_dropped',
)


class RunState:
    """Collects reports over all restarts of actors, learner and monitor.

    An actor is known by the name of its node: another session of that name is its restart.

    :param actors: actors that take part
    :param max_env_steps: of the whole run, 0: no limit
    :param max_episodes: of the whole run, 0: no limit
    :param clock: monotonic time [s]
    """

    def __init__(
        self,
        *,
        actors: int = 1,
        max_env_steps: int = 0,
        max_episodes: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.actors_expected = actors
        self.max_env_steps = max_env_steps
        self.max_episodes = max_episodes
        self.spec: RobotSpec | None = None
        self.learner: LearnerReport | None = None
        self.sessions: dict[int, ActorReport] = {}
        self.evaluations = Evaluations()
        self.starts = Starts()
        self.utd_shortfall = UtdShortfall(clock)
        self._informed_learner = 0  # session of the learner that has read what is stored
        self._newest: dict[str, int] = {}  # newest session of each actor heard by this monitor
        self._returns: deque[float] = deque(maxlen=EPISODES_AVERAGED)
        self._seen: set[tuple[int, int]] = set()  # actor session and id of each episode
        self._seen_of: Counter[str] = Counter()  # episodes of each actor, without evaluations
        self._heard: dict[str, float] = {}  # when each node was heard last
        self._recent_steps: deque[tuple[float, int]] = deque()
        self._clock = clock
        self._began = math.nan
        self._earlier_wall_s = 0.0

    def restore(
        self,
        sessions: Iterable[ActorReport] = (),
        learner: LearnerReport | None = None,
        episodes: Iterable[tuple[EpisodeReport, int]] = (),
        starts: Mapping[str, Sequence[int]] | None = None,
        wall_s: float = 0.0,
    ) -> None:
        """Continue from what an earlier monitor of the same run knew.

        :param episodes: all of them, in order, each with the run's environment steps at its end
        """
        self.sessions = {report.actor_session: report for report in sessions}
        self.learner = learner
        self.starts.restore(starts or {})
        for episode, env_steps in episodes:
            self._take(episode, env_steps)
        self._earlier_wall_s = wall_s

    def receive_spec(self, spec: RobotSpec, *, session: int = 0) -> None:
        """Take the robot's description.

        :param session: of the bridge
        """
        if session:
            self.starts.note('bridge', session)
        if self.spec is None:
            self.spec = spec

    def receive_actor(self, report: ActorReport) -> None:
        """Take the status of an actor; the run begins when the first one drives its robot."""
        self.starts.note(report.actor, report.actor_session)
        before = self.env_steps
        self._keep(report)
        if report.state in _DRIVING or self.env_steps > before:
            self._note_beginning()
        self._heard[report.actor] = self._clock()

    @property
    def has_begun(self) -> bool:
        """Whether a robot has been driven."""
        return not math.isnan(self._began)

    def receive_learner(self, report: LearnerReport) -> None:
        """Take the status of the learner."""
        self.starts.note('learner', report.learner_session)
        self.utd_shortfall.receive(report)
        known = self.learner
        if not (report.final or report.state in _BEGINNING):
            self._informed_learner = report.learner_session
        begins = report.learner_session != self._informed_learner
        if known is not None and begins and report.env_steps < known.env_steps:
            # What the run has so far is not lost while its next learner reads it.
            report = replace(
                known,
                learner_session=report.learner_session,
                state=report.state,
                waiting_for=report.waiting_for,
                steps_per_second=0.0,
                exit_reason=report.exit_reason,
                final=report.final,
            )
        self.learner = report
        self._heard['learner'] = self._clock()

    def receive_episode(self, episode: EpisodeReport) -> bool:
        """Take a finished episode; it may be newer than the last status of its actor.

        :return: whether it is a new one; a monitor that was restarted gets the latest ones again
        """
        if (episode.actor_session, episode.episode_id) in self._seen:
            return False
        self._note_beginning()
        known = self.sessions.get(episode.actor_session) or ActorReport(
            actor=episode.actor, actor_session=episode.actor_session
        )
        self._keep(replace(known, env_steps=max(known.env_steps, episode.env_steps)))
        self._take(episode, self.env_steps_at(episode))
        return True

    def env_steps_at(self, episode: EpisodeReport) -> int:
        """Environment steps of the run when an episode ended, as far as is known."""
        # A status may be newer than the episode; the other actors are as far as is known.
        own = self._run_counts('env_steps')[episode.actor]
        return self.env_steps - max(0, own - episode.env_steps)

    def _take(self, episode: EpisodeReport, env_steps: int) -> None:
        self._seen.add((episode.actor_session, episode.episode_id))
        self.evaluations.receive(episode, env_steps)
        if not episode.evaluation:
            self._seen_of[episode.actor] += 1
            self._returns.append(episode.episode_return)

    def _note_beginning(self) -> None:
        if not self.has_begun:
            self._began = self._clock()

    def _keep(self, report: ActorReport) -> None:
        session = report.actor_session
        known = self.sessions.get(session, report)
        self.sessions[session] = replace(report, env_steps=max(report.env_steps, known.env_steps))
        if known is report or report.actor not in self._newest:
            self._newest[report.actor] = session
        now = self._clock()
        self._recent_steps.append((now, self.env_steps))
        while self._recent_steps[0][0] < now - _RATE_WINDOW:
            self._recent_steps.popleft()

    def total(self, name: str) -> float:
        """Sum a metric of the actors over all of them and their sessions."""
        row = METRICS[name]
        if row.field in _RUN_COUNTS:
            return sum(self._run_counts(row.field).values())
        return sum(value_in(report, row) or 0 for report in self.sessions.values())

    def _run_counts(self, count: str) -> Counter[str]:
        """One of the counts that go on over the sessions of an actor, for each actor."""
        counts: Counter[str] = Counter()
        for report in self.sessions.values():
            counts[report.actor] = max(counts[report.actor], getattr(report, count))
        return counts

    @property
    def env_steps(self) -> int:
        """Environment steps of the whole run."""
        return sum(self._run_counts('env_steps').values())

    @property
    def episodes(self) -> int:
        """Episodes finished in the whole run, evaluations not among them."""
        return sum((self._run_counts('episodes') | self._seen_of).values())

    @property
    def return_mean(self) -> float:
        """Mean return of the last episodes, NaN before the first; of no evaluation."""
        return sum(self._returns) / len(self._returns) if self._returns else math.nan

    @property
    def env_steps_per_second(self) -> float:
        """Environment steps per second of all actors over the last seconds, NaN at first."""
        if not self._recent_steps:
            return math.nan
        (first_time, first_steps), (last_time, last_steps) = (
            self._recent_steps[0],
            self._recent_steps[-1],
        )
        elapsed = last_time - first_time
        return (last_steps - first_steps) / elapsed if elapsed >= _SHORTEST_WINDOW else math.nan

    @property
    def wall_s(self) -> float:
        """Time since the run began [s], that of earlier monitors of the run included."""
        now = self._clock() - self._began if self.has_begun else 0.0
        return self._earlier_wall_s + now

    def actors(self) -> list[ActorReport]:
        """Newest session of each actor heard by this monitor."""
        return [self.sessions[session] for session in self._newest.values()]

    def active(self) -> list[ActorReport]:
        """Those of the actors that have not ended; all of them once all have."""
        actors = self.actors()
        return [report for report in actors if not report.final] or actors

    def unfinished(self) -> list[ActorReport | LearnerReport]:
        """Nodes heard by this monitor that have not sent their last status."""
        return [
            report
            for report in self.newest_reports()
            if not report.final and self.silence(report) < math.inf
        ]

    def newest_reports(self) -> list[ActorReport | LearnerReport]:
        """Last status of each actor and of the learner."""
        return [*self.actors(), *([self.learner] if self.learner else [])]

    def silence(self, report: ActorReport | LearnerReport) -> float:
        """Time since a node was heard last [s], infinite where it was not."""
        key = report.actor if isinstance(report, ActorReport) else 'learner'
        return self._clock() - self._heard.get(key, -math.inf)
