# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the page may ask of a run, and nothing else: no command makes a robot move faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EMERGENCY_STOP = 'emergency_stop'
ACTOR, LEARNER, RUN = 'actor', 'learner', 'run'


@dataclass(frozen=True)
class OperatorRequest:
    """A kind of command.

    :param receiver: whom it is for: an actor, the learner or the whole run
    :param service: last part of the service's name; of the run: the topic's
    :param value: what it is called with, None: nothing (std_srvs/Trigger)
    :param lets_move: a robot that stands still may move because of it; a person must confirm
    """

    receiver: str
    service: str
    value: bool | None = None
    lets_move: bool = False


OPERATOR_REQUESTS: Mapping[str, OperatorRequest] = {
    'press_emergency_stop': OperatorRequest(RUN, EMERGENCY_STOP, True),
    'release_emergency_stop': OperatorRequest(RUN, EMERGENCY_STOP, False, lets_move=True),
    'hold': OperatorRequest(ACTOR, 'hold', True),
    'release': OperatorRequest(ACTOR, 'hold', False, lets_move=True),
    'pause_collecting': OperatorRequest(ACTOR, 'pause', True),
    'resume_collecting': OperatorRequest(ACTOR, 'pause', False),
    'reset': OperatorRequest(ACTOR, 'reset'),
    'evaluate': OperatorRequest(ACTOR, 'evaluate'),
    'pause_training': OperatorRequest(LEARNER, 'pause', True),
    'resume_training': OperatorRequest(LEARNER, 'pause', False),
    'save_checkpoint': OperatorRequest(LEARNER, 'save_checkpoint'),
}


@dataclass(frozen=True)
class Command:
    """A request and its receiver.

    :param actor: full name of the actor's node, '' if it is for none of them
    """

    name: str
    actor: str = ''

    @property
    def wanted(self) -> OperatorRequest:
        """What it asks."""
        return OPERATOR_REQUESTS[self.name]

    @classmethod
    def from_json(cls, content: Any) -> Command:
        """Read and check what a page sent.

        :raises ValueError: naming the field and what is wrong with it
        """
        if not isinstance(content, dict):
            raise ValueError('a command must be a JSON object')
        name, actor = content.get('command'), content.get('actor', '')
        if not isinstance(name, str) or name not in OPERATOR_REQUESTS:
            raise ValueError(f'command must be one of {sorted(OPERATOR_REQUESTS)}, got {name!r}')
        if not isinstance(actor, str) or bool(actor) != (
            OPERATOR_REQUESTS[name].receiver == ACTOR
        ):
            raise ValueError(f'actor of {name} must be an actor of the run, got {actor!r}')
        if OPERATOR_REQUESTS[name].lets_move and content.get('confirmed') is not True:
            raise ValueError(f'{name} may let a robot move: confirmed must be true')
        return cls(name, actor)


@dataclass(frozen=True)
class Answer:
    """What came of a command."""

    success: bool
    message: str
