# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Policy files in pieces: whole again in any order, never mixed, bounded whatever comes."""

from __future__ import annotations

from dataclasses import replace
import random
import zlib

from hypothesis import given, strategies
import pytest
from sac_core.weight_pieces import (
    cut,
    LARGEST_FILE,
    MOST_PIECES,
    PieceAssembler,
    pieces_needed,
    PolicyFile,
)


def make_file(
    *, version: int = 1, session: int = 5, pieces: int = 4, size: int = 1000
) -> tuple[PolicyFile, list[bytes], bytes]:
    data = random.Random(version).randbytes(size)
    file, parts = cut(data, learner_session=session, version=version, pieces=pieces)
    return file, list(parts), data


@given(
    size=strategies.integers(1, 5000),
    wanted=strategies.integers(1, 40),
    seed=strategies.integers(),
)
def test_a_file_is_whole_again_whatever_the_order(size: int, wanted: int, seed: int) -> None:
    file, parts, data = make_file(size=size, pieces=min(wanted, size))
    order = list(enumerate(parts))
    random.Random(seed).shuffle(order)
    assembler = PieceAssembler()
    results = [assembler.add(file, number, part) for number, part in order]
    assert results == [None] * (len(parts) - 1) + [data]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert all(parts)


def test_pieces_are_no_larger_than_wanted_unless_there_would_be_too_many() -> None:
    assert pieces_needed(300_000, 1200) == 250
    assert pieces_needed(300_001, 1200) == 251
    assert pieces_needed(100, 1200) == 1
    assert pieces_needed(LARGEST_FILE, 1200) == MOST_PIECES
    with pytest.raises(ValueError, match='too large'):
        pieces_needed(LARGEST_FILE + 1, 1200)


def test_pieces_of_two_versions_and_two_learners_are_never_mixed() -> None:
    assembler = PieceAssembler()
    files = [make_file(version=1), make_file(version=2), make_file(version=2, session=6)]
    found = []
    for number in range(4):
        for file, parts, _ in files:
            if (whole := assembler.add(file, number, parts[number])) is not None:
                found.append(whole)
    assert found == [data for _, _, data in files]


def test_a_version_that_lost_a_piece_is_forgotten_and_the_next_one_arrives() -> None:
    assembler = PieceAssembler()
    for version in range(1, 20):
        file, parts, _ = make_file(version=version)
        for number in (0, 1, 3):
            assert assembler.add(file, number, parts[number]) is None
    lost, parts, _ = make_file(version=1)
    assert assembler.add(lost, 2, parts[2]) is None
    file, parts, data = make_file(version=20)
    assert [assembler.add(file, number, part) for number, part in enumerate(parts)][-1] == data


def test_what_was_complete_and_comes_again_is_nothing_new() -> None:
    assembler = PieceAssembler()
    file, parts, data = make_file()
    for _ in range(2):
        results = [assembler.add(file, number, part) for number, part in enumerate(parts)]
        assert results == [None, None, None, data]
        data = None


@pytest.mark.parametrize(
    ('change', 'complaint'),
    [
        ({'learner_session': 0}, 'learner_session must be in'),
        ({'version': 2**63}, 'version must be in'),
        ({'size': 0}, 'size must be in'),
        ({'size': 2**32 - 1}, 'size must be in'),
        ({'size': 999}, 'data must hold 249 bytes, got 250'),
        ({'pieces': 0}, r'pieces must be in \[1, 1000\], got 0'),
        ({'pieces': 1001}, r'pieces must be in \[1, 1000\], got 1001'),
        ({'pieces': 2**32 - 1}, 'pieces must be in'),
        ({'pieces': 3}, 'data must hold 333 bytes, got 250'),
    ],
)
def test_a_piece_that_does_not_fit_its_file_is_refused(
    change: dict[str, int], complaint: str
) -> None:
    file, parts, _ = make_file()
    with pytest.raises(ValueError, match=complaint):
        PieceAssembler().add(replace(file, **change), 0, parts[0])


def test_a_piece_beyond_the_last_is_refused() -> None:
    file, parts, _ = make_file()
    with pytest.raises(ValueError, match='piece must be below 4, got 4'):
        PieceAssembler().add(file, 4, parts[0])


@given(place=strategies.integers(0, 999), bit=strategies.integers(0, 7))
def test_a_single_flipped_bit_is_noticed(place: int, bit: int) -> None:
    file, parts, _ = make_file()
    spoilt = bytearray(parts[place // 250])
    spoilt[place % 250] ^= 1 << bit
    parts[place // 250] = bytes(spoilt)
    assembler = PieceAssembler()
    for number in range(3):
        assembler.add(file, number, parts[number])
    with pytest.raises(ValueError, match='checksum of policy version 1 does not match'):
        assembler.add(file, 3, parts[3])


def test_a_flood_of_beginnings_keeps_no_more_than_a_few_of_them() -> None:
    assembler = PieceAssembler()
    part = bytes(LARGEST_FILE // MOST_PIECES)
    for version in range(1, 500):
        file = PolicyFile(1, version, 0, LARGEST_FILE, MOST_PIECES)
        assert assembler.add(file, 0, part) is None
    kept = sum(len(data) for parts in assembler.incomplete.values() for data in parts.values())
    assert kept <= 4 * len(part)


def test_an_impostor_under_another_checksum_does_not_spoil_the_version() -> None:
    assembler = PieceAssembler()
    file, parts, data = make_file()
    impostor = replace(file, crc32=zlib.crc32(b'no'))
    results = []
    for number, part in enumerate(parts):
        results.append(assembler.add(file, number, part))
        if number < 3:
            assembler.add(impostor, number, bytes(len(part)))
    assert results[-1] == data
