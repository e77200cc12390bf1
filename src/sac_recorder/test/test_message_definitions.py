# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A schema holds all that a reader without ROS needs to decode what was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from sac_recorder.message_definitions import definition, type_hash

RULE = '=' * 80


@pytest.fixture
def share(tmp_path: Path) -> Path:
    for name, text in {
        'a/msg/Outer.msg': (
            '# b/Comment no_field\nInner[] inners\nb/msg/Far far  # comment\nInner again\n'
            'string<=10 name\nfloat32[<=3] numbers 1.0\nint32 LARGEST=5\n'
        ),
        'a/msg/Inner.msg': 'b/Far[3] fars\n',
        'b/msg/Far.msg': 'uint8 number\n',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_each_type_comes_once_however_often_and_deep_it_is_used(share: Path) -> None:
    text = definition('a/msg/Outer', lambda package: str(share / package))
    own, inner, far = text.split(f'{RULE}\n')
    assert own == (share / 'a/msg/Outer.msg').read_text()
    assert inner == 'MSG: a/Inner\nb/Far[3] fars\n'
    assert far == 'MSG: b/Far\nuint8 number\n'


def test_a_type_that_is_not_installed_is_an_error(share: Path) -> None:
    (share / 'b/msg/Far.msg').unlink()
    with pytest.raises(OSError, match='Far'):
        definition('a/msg/Outer', lambda package: str(share / package))


def test_the_hash_is_that_of_the_installed_type(share: Path) -> None:
    (share / 'b/msg/Far.json').write_text(
        '{"type_hashes": [{"type_name": "b/msg/Far", "hash_string": "RIHS01_12"}]}'
    )
    assert type_hash('b/msg/Far', lambda package: str(share / package)) == 'RIHS01_12'
    assert type_hash('a/msg/Inner', lambda package: str(share / package)) == ''
