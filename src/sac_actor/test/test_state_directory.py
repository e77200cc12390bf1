# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The directory of an actor: one actor at a time, damaged files aside, totals that stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
import resource

import pytest
from sac_actor.ring_file import Totals
from sac_actor.state_directory import StateDirectory

from .fakes import make_spec
from .numbered import make_header
from .queues import abandon, fill

pytestmark = pytest.mark.timeout(30)


def test_an_empty_directory_is_made_and_left_empty(tmp_path: Path) -> None:
    path = tmp_path / 'runs' / 'actor'
    state = StateDirectory(path)
    assert (state.totals, state.earlier, state.warnings) == (Totals(), [], [])
    state.check(make_spec())
    state.close()
    assert [each.name for each in path.iterdir()] == ['lock']


def test_a_second_actor_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    first = StateDirectory(tmp_path)
    with pytest.raises(ValueError, match=r"state_dir '.*' is in use by another actor"):
        StateDirectory(tmp_path)
    first.close()
    StateDirectory(tmp_path).close()


def test_a_session_that_is_all_stored_leaves_only_the_totals(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    queue = fill(state, 7)
    queue.acknowledge(7)
    state.close()
    assert {each.name for each in tmp_path.iterdir()} == {'lock', 'totals.json'}
    assert StateDirectory(tmp_path).totals == Totals(7, 1, 7, 0)


def test_a_session_that_is_not_stored_stays_and_counts(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    fill(state, 7).acknowledge(3)
    state.close()
    again = StateDirectory(tmp_path)
    ((file, found),) = again.earlier
    assert (file.header.session, found.spans) == (1, [range(3, 7)])
    assert again.totals == Totals(7, 1, 7, 0)


def test_sessions_count_on_and_are_found_in_their_order(tmp_path: Path) -> None:
    for session in (9, 3, 6):
        state = StateDirectory(tmp_path)
        fill(state, 4, session=session)
        abandon(state)
    state = StateDirectory(tmp_path)
    assert [file.header.session for file, _ in state.earlier] == [9, 3, 6]
    assert state.totals == Totals(12, 3, 12, 0)
    assert state.unacknowledged == 12
    for file, found in state.earlier:
        state.finish(file, found)
    state.close()
    assert StateDirectory(tmp_path).totals == Totals(12, 3, 12, 0)


def test_a_kill_between_totals_and_removal_counts_nothing_twice(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    fill(state, 7).acknowledge(7)
    (path,) = tmp_path.glob('*.ring')
    content = path.read_bytes()
    state.close()
    path.write_bytes(content)
    assert StateDirectory(tmp_path).totals == Totals(7, 1, 7, 0)


@pytest.mark.parametrize('left', ['ring', 'totals'])
def test_what_is_of_another_robot_is_refused_by_the_names_of_the_fields(
    tmp_path: Path, left: str
) -> None:
    state = StateDirectory(tmp_path)
    queue = fill(state, 7)
    if left == 'totals':
        queue.acknowledge(7)
    state.close()
    again = StateDirectory(tmp_path)
    again.check(make_spec())
    other = replace(make_spec(observation_dim=4), env_id='Other-v0')
    with pytest.raises(ValueError, match='of another robot') as error:
        again.check(other)
    assert "env_id 'Fake-v0' against 'Other-v0'" in str(error.value)
    assert 'observation_dim 3 against 4' in str(error.value)
    assert 'action_dim' not in str(error.value)


@pytest.mark.parametrize('place', [0, 30, 2047])
def test_a_damaged_file_is_set_aside_and_named_and_the_others_are_used(
    tmp_path: Path, place: int
) -> None:
    for session in (1, 2):
        state = StateDirectory(tmp_path)
        fill(state, 4, session=session)
        abandon(state)
    path = tmp_path / f'session_{1:016x}.ring'
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    state = StateDirectory(tmp_path)
    (warning,) = state.warnings
    assert path.name in warning
    assert 'damaged' in warning
    assert not path.exists()
    assert path.with_name(path.name + '.damaged').read_bytes() == content
    assert [file.header.session for file, _ in state.earlier] == [2]
    assert state.totals.env_steps == 8  # the second session counted on from the first


@pytest.mark.parametrize('text', ['', '{', '[]', '{"env_id": 3}', '{"totals": {"a": 1}}'])
def test_damaged_totals_are_set_aside_and_named(tmp_path: Path, text: str) -> None:
    (tmp_path / 'totals.json').write_text(text)
    state = StateDirectory(tmp_path)
    (warning,) = state.warnings
    assert 'totals.json is damaged' in warning
    assert state.totals == Totals()


def test_damaged_rows_are_warned_of_and_their_file_is_kept_aside(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    fill(state, 7)
    (path,) = tmp_path.glob('*.ring')
    abandon(state)
    content = bytearray(path.read_bytes())
    content[4096 + 100] ^= 1
    path.write_bytes(content)
    state = StateDirectory(tmp_path)
    (warning,) = state.warnings
    assert warning == f'{path}: 1 transitions damaged and lost'
    ((file, found),) = state.earlier
    state.finish(file, found)
    assert path.with_name(path.name + '.damaged').exists()
    assert state.totals == Totals(7, 1, 7, 1)


def test_what_a_killed_actor_had_begun_to_make_is_removed(tmp_path: Path) -> None:
    (tmp_path / 'session_1.ring.partial').write_bytes(b'half')
    state = StateDirectory(tmp_path)
    assert (state.earlier, state.warnings) == ([], [])
    assert [each.name for each in tmp_path.iterdir()] == ['lock']


def test_a_path_that_is_no_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(ValueError, match=r"state_dir '.*/file': File exists"):
        StateDirectory(tmp_path / 'file')


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """Let no file grow beyond 100 kB, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures('small_files_only')
def test_without_room_for_the_ring_the_reason_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    with pytest.raises(ValueError, match=r"state_dir '.*': File too large \(for 13.0 MB\)"):
        state.create_ring(make_header(capacity=180_000))
    state.close()
    assert [each.name for each in tmp_path.iterdir()] == ['lock']


def test_a_queue_that_takes_much_of_the_machine_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = StateDirectory(tmp_path)
    fill(state, 1)
    assert state.size_warning == ''
    state.close()
    monkeypatch.setattr('sac_actor.ring_file.memory_size', lambda: 100)
    state = StateDirectory(tmp_path)
    fill(state, 1)
    assert state.size_warning.startswith('queue_capacity ')
    state.close()
