# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The ring file: whatever happens to its writer or its bytes, no torn row and no lost one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sac_actor.ring_file import DamagedFileError, Recovered, RingFile, Totals
from sac_actor.transition_queue import TransitionQueue

from .numbered import ACTION_DIM, append, check_rows, make_header, OBSERVATION_DIM

pytestmark = pytest.mark.timeout(60)


def make_queue(path: Path, *, capacity: int = 10, filled: int = 0) -> TransitionQueue:
    """Make a queue in a file, each of whose rows is one environment step."""
    queue = TransitionQueue(
        capacity,
        observation_dim=OBSERVATION_DIM,
        action_dim=ACTION_DIM,
        file=RingFile.create(path, make_header(capacity=capacity)),
    )
    for number in range(filled):
        append(queue, number)
        queue.note_totals(env_steps=number + 1, episodes=number // 4)
    return queue


def recover(path: Path) -> Recovered:
    """Recover as a new process does, and check each row that is said to be whole."""
    file = RingFile(path)
    found = file.recover()
    for span in found.spans:
        taken = TransitionQueue.of_span(file, span).take(10_000)
        assert taken is not None
        first, rows = taken
        numbers = check_rows(first, rows)
        # A span that goes around the end of the ring is taken in two.
        assert numbers[0] == span.start
        assert numbers[-1] < span.stop
    return found


def numbers(found: Recovered) -> list[int]:
    return [number for span in found.spans for number in span]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'session.ring'


def test_what_was_appended_is_found_again(path: Path) -> None:
    make_queue(path, filled=7)
    assert recover(path) == Recovered([range(7)], 0, Totals(7, 1, 7, 0))
    assert RingFile(path).header == make_header()


def test_a_session_without_a_step_leaves_nothing(path: Path) -> None:
    make_queue(path)
    assert recover(path) == Recovered([], 0, Totals())


def test_what_was_acknowledged_is_not_found_again(path: Path) -> None:
    queue = make_queue(path, filled=7)
    for acknowledged in (2, 4, 5):
        queue.acknowledge(acknowledged)
    assert numbers(recover(path)) == [5, 6]
    queue.acknowledge(7)
    assert recover(path) == Recovered([], 0, Totals(7, 1, 7, 0))


def test_in_a_full_ring_the_newest_are_found_and_the_dropped_are_counted(path: Path) -> None:
    make_queue(path, filled=25)
    found = recover(path)
    assert numbers(found) == list(range(15, 25))
    assert (found.totals.produced, found.totals.dropped, found.damaged) == (25, 15, 0)


@pytest.mark.parametrize('filled', [4, 15])
def test_a_kill_between_a_row_and_its_counters_costs_neither(path: Path, filled: int) -> None:
    queue = make_queue(path, filled=filled)
    append(queue, filled)
    found = recover(path)
    assert numbers(found)[-1] == filled
    assert found.totals.env_steps == found.totals.produced == filled + 1


@pytest.mark.parametrize('filled', [4, 15])
def test_a_kill_in_the_middle_of_a_row_leaves_the_others(path: Path, filled: int) -> None:
    before = make_queue(path, filled=filled)
    old = path.read_bytes()
    expected = numbers(recover(path))
    append(before, filled)
    new = path.read_bytes()
    changed = [place for place in range(len(old)) if old[place] != new[place]]
    assert len(changed) > 20
    # Each prefix of what the row changes, in either direction of the copy.
    for end in changed[1:]:
        for torn in (new[:end] + old[end:], old[:end] + new[end:]):
            path.write_bytes(torn)
            assert numbers(recover(path)) == expected


def test_any_flipped_byte_is_noticed_and_costs_one_row_at_most(path: Path) -> None:
    queue = make_queue(path, capacity=6, filled=9)
    queue.acknowledge(4)
    queue.acknowledge(5)
    whole = path.read_bytes()
    kept = numbers(recover(path))
    assert kept == [5, 6, 7, 8]
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        try:
            found = recover(path)
        except DamagedFileError:
            refused += 1
            continue
        assert found.totals.produced == 9
        # One row less, which is said, or one acknowledgement less, which is no loss.
        assert len(kept) <= len(numbers(found)) + found.damaged <= len(kept) + 1
        assert found.damaged <= 1
        assert set(kept) - set(numbers(found)) <= set(kept[:4])
    assert refused == 2048  # the header, all of it


def test_a_damaged_row_leaves_those_on_both_sides_of_it(path: Path) -> None:
    make_queue(path, filled=9)
    file = RingFile(path)
    file.rows.rewards[4] += 1.0
    found = recover(path)
    assert (found.spans, found.damaged) == ([range(4), range(5, 9)], 1)
    assert found.totals.dropped == 1


def test_lost_counters_are_made_up_for_by_the_rows(path: Path) -> None:
    queue = make_queue(path, filled=7)
    queue.acknowledge(3)
    content = bytearray(path.read_bytes())
    content[2048:4096] = bytes(2048)
    path.write_bytes(content)
    found = recover(path)
    assert numbers(found) == list(range(7))
    assert (found.totals.produced, found.totals.env_steps) == (7, 7)


def test_rows_that_a_power_cut_kept_from_the_disk_are_counted(path: Path) -> None:
    make_queue(path, filled=9)
    content = bytearray(path.read_bytes())
    size = (len(content) - 4096) // 11
    content[4096 + 7 * size :] = bytes(4 * size)
    path.write_bytes(content)
    found = recover(path)
    assert (numbers(found), found.damaged) == (list(range(7)), 2)


def test_a_file_that_was_cut_off_is_refused_at_any_length(path: Path) -> None:
    make_queue(path, filled=9)
    whole = path.read_bytes()
    for length in {0, 1, 100, 2047, 2048, 4095, 4096, len(whole) - 1, *range(0, len(whole), 61)}:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError):
            RingFile(path)
    path.write_bytes(whole + b'\0')
    with pytest.raises(DamagedFileError, match='length'):
        RingFile(path)


def test_a_row_of_another_session_is_not_taken_for_one(path: Path, tmp_path: Path) -> None:
    make_queue(path, filled=9)
    other = RingFile.create(tmp_path / 'other.ring', make_header(session=6))
    rows = path.read_bytes()[4096:]
    content = (tmp_path / 'other.ring').read_bytes()[:4096] + rows
    other.path.write_bytes(content)
    assert recover(other.path).spans == []


def test_the_file_has_all_its_blocks_before_anything_is_written(path: Path) -> None:
    make_queue(path, capacity=1000)
    status = path.stat()
    assert status.st_blocks * 512 >= status.st_size
