# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the page may ask for, and what it must say to let a robot move."""

from __future__ import annotations

from typing import Any

import pytest
from sac_dashboard.commands import Command, OPERATOR_REQUESTS


def test_there_is_nothing_beyond_what_an_operator_may_ask() -> None:
    assert {(each.receiver, each.service, each.value) for each in OPERATOR_REQUESTS.values()} == {
        ('run', 'emergency_stop', True),
        ('run', 'emergency_stop', False),
        ('actor', 'hold', True),
        ('actor', 'hold', False),
        ('actor', 'pause', True),
        ('actor', 'pause', False),
        ('actor', 'reset', None),
        ('actor', 'evaluate', None),
        ('learner', 'pause', True),
        ('learner', 'pause', False),
        ('learner', 'save_checkpoint', None),
    }


@pytest.mark.parametrize(
    'content',
    [
        {'command': 'hold', 'actor': '/actor'},
        {'command': 'release', 'actor': '/actor', 'confirmed': True},
        {'command': 'press_emergency_stop'},
        {'command': 'save_checkpoint', 'actor': ''},
    ],
)
def test_a_command_is_read(content: dict[str, Any]) -> None:
    assert Command.from_json(content) == Command(content['command'], content.get('actor', ''))


@pytest.mark.parametrize('confirmed', [None, False, 1, 'true'])
@pytest.mark.parametrize('command', ['release', 'release_emergency_stop'])
def test_what_lets_a_robot_move_must_be_confirmed(command: str, confirmed: object) -> None:
    content = {'command': command, 'actor': '/actor' if command == 'release' else ''}
    with pytest.raises(ValueError, match=f'{command} may let a robot move'):
        Command.from_json({**content, 'confirmed': confirmed})


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        ([], 'a command must be a JSON object'),
        ({}, 'command must be one of .*, got None'),
        ({'command': 'set_parameters'}, "got 'set_parameters'"),
        ({'command': ['hold']}, 'command must be one of'),
        ({'command': 'hold'}, "actor of hold must be an actor of the run, got ''"),
        ({'command': 'hold', 'actor': 3}, 'actor of hold must be'),
        ({'command': 'pause_training', 'actor': '/actor'}, 'actor of pause_training must be'),
    ],
)
def test_anything_else_is_refused_by_name(content: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Command.from_json(content)
