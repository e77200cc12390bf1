# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What is known about a run, from the statuses and episodes heard so far.

Everything that shows or records a run (terminal, files, later a dashboard) reads this one state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
import math
import time

from sac_core.spaces import RobotSpec
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport

EPISODES_AVERAGED = 10
SILENT_AFTER = 10.0  # a node without a status for so long is reported [s]
_RATE_WINDOW = 5.0  # over which environment steps per second are counted [s]
_SHORTEST_WINDOW = 1.0
_DRIVING = ('running', 'holding')  # states of an actor that gives its robot commands


class RunState:
    """Collects reports; a restarted actor is a new session, whose counts add to the earlier ones.

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
        self._newest: dict[str, int] = {}  # newest session of each actor
        self._returns: deque[float] = deque(maxlen=EPISODES_AVERAGED)
        self._seen: set[tuple[int, int]] = set()  # actor session and id of each episode
        self._heard: dict[str, float] = {}  # when each node was heard last
        self._recent_steps: deque[tuple[float, int]] = deque()
        self._clock = clock
        self._began = math.nan
        self._earlier_wall_s = 0.0

    def restore(
        self,
        sessions: Iterable[ActorReport],
        learner: LearnerReport | None,
        returns: Iterable[float],
        wall_s: float,
        seen: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Go on from what an earlier monitor of the same run knew.

        :param seen: actor session and id of each episode that it received
        """
        self._seen.update(seen)
        self.sessions = {report.actor_session: report for report in sessions}
        self.learner = learner
        self._returns.extend(returns)
        self._earlier_wall_s = wall_s

    def receive_spec(self, spec: RobotSpec) -> None:
        """Take the robot's description."""
        if self.spec is None:
            self.spec = spec

    def receive_actor(self, report: ActorReport) -> None:
        """Take the status of an actor; the run begins when the first one drives its robot."""
        self._keep(report)
        if report.state in _DRIVING or report.env_steps:
            self._note_beginning()
        self._heard[report.actor] = self._clock()

    @property
    def has_begun(self) -> bool:
        """Whether a robot has been driven."""
        return not math.isnan(self._began)

    def receive_learner(self, report: LearnerReport) -> None:
        """Take the status of the learner."""
        self.learner = report
        self._heard['learner'] = self._clock()

    def receive_episode(self, episode: EpisodeReport) -> bool:
        """Take a finished episode; it may be newer than the last status of its actor.

        :return: whether it is a new one; a monitor that was restarted gets the latest ones again
        """
        key = (episode.actor_session, episode.episode_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        self._note_beginning()
        known = self.sessions.get(episode.actor_session) or ActorReport(
            actor=episode.actor, actor_session=episode.actor_session
        )
        steps, episodes = episode.env_steps, episode.episode_id + 1
        self._keep(
            replace(
                known,
                env_steps=max(known.env_steps, steps),
                episodes=max(known.episodes, episodes),
            )
        )
        self._returns.append(episode.episode_return)
        return True

    def _note_beginning(self) -> None:
        if not self.has_begun:
            self._began = self._clock()

    def _keep(self, report: ActorReport) -> None:
        session = report.actor_session
        known = self.sessions.get(session, report)
        self.sessions[session] = replace(
            report,
            env_steps=max(report.env_steps, known.env_steps),
            episodes=max(report.episodes, known.episodes),
        )
        if known is report or report.actor not in self._newest:
            self._newest[report.actor] = session
        now = self._clock()
        self._recent_steps.append((now, self.env_steps))
        while self._recent_steps[0][0] < now - _RATE_WINDOW:
            self._recent_steps.popleft()

    def total(self, count: str) -> int:
        """Sum a count of ActorReport over all sessions."""
        return sum(getattr(report, count) for report in self.sessions.values())

    @property
    def env_steps(self) -> int:
        """Environment steps of the whole run."""
        return self.total('env_steps')

    @property
    def episodes(self) -> int:
        """Episodes finished in the whole run."""
        return self.total('episodes')

    @property
    def return_mean(self) -> float:
        """Mean return of the last episodes, NaN before the first."""
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

    def waiting(self) -> str:
        """Say what the run waits for before it can start; empty once a robot has moved."""
        if self.spec is None:
            return 'waiting for a robot (no env_spec yet)'
        actors = self.actors()
        if not actors:
            return 'waiting for an actor (no actor/status yet)'
        if self.env_steps or not all(report.waiting_for for report in actors):
            return ''
        waiters: dict[str, list[str]] = {}
        for report in self._newest_reports():
            if report.waiting_for:
                waiters.setdefault(report.waiting_for, []).append(_name(report))
        return ', '.join(
            f'{" and ".join(names)} {"wait" if len(names) > 1 else "waits"} for {cause}'
            for cause, names in waiters.items()
        )

    def troubles(self) -> list[str]:
        """Say what is missing while the run goes on: silent, waiting or absent nodes."""
        found = []
        for report in self._newest_reports():
            silence = self._silence(report)
            if SILENT_AFTER < silence < math.inf and not report.final:
                found.append(f'{_name(report)} silent for {silence:.0f} s')
            elif report.waiting_for:
                found.append(f'{_name(report)} waits for {report.waiting_for}')
        missing = self.actors_expected - len(self._newest)
        if missing > 0:
            found.append(f'{missing} of {self.actors_expected} actors missing')
        return found

    def unfinished(self) -> list[str]:
        """Name the nodes heard by this monitor that have not sent their last status."""
        return [_name(report) for report in self._unfinished()]

    def awaited(self) -> list[str]:
        """Name those of the unfinished nodes that are still heard."""
        return [
            _name(report) for report in self._unfinished() if self._silence(report) <= SILENT_AFTER
        ]

    def exit_reason(self) -> str:
        """Say why the run ended: the actors' reason, where every node sent its last status."""
        missing = self.unfinished()
        if missing:
            return f'interrupted, no last status from {", ".join(missing)}'
        reasons = dict.fromkeys(r.exit_reason for r in self.actors() if r.exit_reason)
        return ', '.join(reasons) or 'interrupted'

    def _newest_reports(self) -> list[ActorReport | LearnerReport]:
        """Last status of each actor and of the learner."""
        return [*self.actors(), *([self.learner] if self.learner else [])]

    def _unfinished(self) -> list[ActorReport | LearnerReport]:
        return [
            report
            for report in self._newest_reports()
            if not report.final and self._silence(report) < math.inf
        ]

    def _silence(self, report: ActorReport | LearnerReport) -> float:
        key = report.actor if isinstance(report, ActorReport) else 'learner'
        return self._clock() - self._heard.get(key, -math.inf)


def _name(report: ActorReport | LearnerReport) -> str:
    return _short(report.actor) if isinstance(report, ActorReport) else 'learner'


def _short(actor: str) -> str:
    """Shorten '/actor_2/actor' to 'actor_2' and '/actor' to 'actor'."""
    namespace, _, name = actor.rpartition('/')
    nearest = namespace.rpartition('/')[2]
    return nearest if name and nearest.startswith(name) else name or 'actor'
