# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who belongs to whom: one run on a topic, and in it one partner at a time.

Each start of a run draws a number, which its nodes send with what they say; nodes that were
started by hand have 0. Within a run, and among nodes started by hand, sessions tell one start of a
node from the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time

from sac_core.sessions import LARGEST_SESSION
from sac_core.settings import setting, Settings

SHORTEST_PATIENCE = 2.0  # [s] of a bridge: an actor that lives commands, or answers a heartbeat
_REMEMBERED = 64  # sessions that were replaced


@dataclass(frozen=True)
class RunSettings(Settings):
    """To which run a node belongs; whatever starts a run draws the number."""

    run_id: int = setting(
        0,
        'number of the run that the node belongs to: it hears no other one; 0: started by hand',
        low=0,
        high=LARGEST_SESSION,
    )


class ForeignError(ValueError):
    """A message that belongs to another run."""


def check_run(own: int, theirs: int, sender: str) -> None:
    """Refuse what comes from another run.

    :param own: run_id of the node that asks
    :param theirs: run_id of the message
    :param sender: of the message, for people
    :raises ForeignError: naming the sender and both runs
    """
    if own != theirs:
        raise ForeignError(
            f'{sender} belongs to {_run_name(theirs)}, this node to {_run_name(own)}'
        )


def _run_name(run_id: int) -> str:
    return f'run {run_id}' if run_id else 'no run (run_id 0: started by hand)'


class Partner:
    """The one session of a kind that a node deals with, until it falls silent.

    In a run a second session is the first one's restart: it is followed at once, since whatever
    started the run never starts two. By hand somebody may have started two: the second is refused
    while the first lives. One that was replaced is never followed again, so that a late packet of
    a dead node confuses nothing.

    :param field: of the messages that holds the session, for people
    :param in_run: whether the node belongs to a run
    :param patience: silence after which a session counts as dead [s]
    :param clock: monotonic [s]
    """

    def __init__(
        self,
        field: str,
        *,
        in_run: bool,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._field = field
        self._in_run = in_run
        self._patience = patience
        self._clock = clock
        self._heard = 0.0
        self._replaced: dict[int, None] = {}  # in the order in which they were
        self.session: int | None = None

    def check(self, session: int) -> None:
        """Take note that a session speaks; follow it where it may be followed.

        :raises ValueError: where another one is followed, naming both
        """
        if session != self.session:
            self._consider(session)
        self._heard = self._clock()

    def release(self) -> None:
        """Follow the next one at once: the partner has said that it is done."""
        self.session = None

    def _consider(self, session: int) -> None:
        followed = self.session
        if session in self._replaced:
            raise ValueError(
                f'{self._field} {session} was replaced by {followed}, and still speaks'
            )
        if followed is not None:
            if not self._in_run and self._clock() - self._heard < self._patience:
                raise ValueError(
                    f'{self._field} {session} speaks while {followed} does: two nodes'
                    f' use one topic, and only {followed} is heard; end one of them'
                )
            self._replaced[followed] = None
            if len(self._replaced) > _REMEMBERED:
                del self._replaced[next(iter(self._replaced))]
        self.session = session
