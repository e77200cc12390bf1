# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Building the native core."""

from __future__ import annotations

from pathlib import Path
import shutil

import pytest
from sac_learner.algorithms.sac.native import build as native_build
from sac_learner.algorithms.sac.native.build import build, BuildError

pytestmark = pytest.mark.timeout(120)


# Writes something to what follows -o; without -o it only tells its version, as --version does.
FAKE_COMPILER = 'while [ "$1" != -o ]; do [ $# = 0 ] && exit; shift; done; echo library > "$2"'


def make_script(path: Path, content: str) -> str:
    path.write_text(f'#!/bin/sh\n{content}\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the sources, so that the library in use stays as it is."""
    copy = tmp_path / 'native'
    copy.mkdir()
    for source in (*native_build.SOURCE_DIR.glob('*.cpp'), *native_build.SOURCE_DIR.glob('*.hpp')):
        shutil.copy(source, copy)
    monkeypatch.setattr(native_build, 'SOURCE_DIR', copy)
    monkeypatch.setattr(native_build, 'MAIN_SOURCE', copy / 'sac_step.cpp')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return copy


def test_second_build_finds_the_library_of_the_first(sources: Path) -> None:
    library = build()
    written = library.stat().st_mtime_ns
    assert build() == library
    assert library.stat().st_mtime_ns == written
    assert [p.name for p in library.parent.iterdir()] == [library.name]


def test_changed_source_gets_a_library_of_its_own(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('CXX', make_script(tmp_path / 'compiler', FAKE_COMPILER))
    first = build()
    (sources / 'team.hpp').write_text('// changed\n')
    second = build()
    assert first != second
    assert first.is_file()
    assert second.is_file()


def test_library_goes_to_the_cache_where_the_sources_cannot_be_written(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sources / '_build').write_text('a file where the directory should be')
    monkeypatch.setenv('CXX', make_script(tmp_path / 'compiler', FAKE_COMPILER))
    assert build().parent == tmp_path / 'cache' / 'sac_learner'


def test_missing_compiler_is_named(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CXX', 'no-such-compiler')
    with pytest.raises(BuildError, match=r'no C.. compiler found .looked for no-such-compiler'):
        build()


def test_first_error_of_the_compiler_is_shown_and_nothing_is_left(sources: Path) -> None:
    (sources / 'sac_step.cpp').write_text('int main( {')
    with pytest.raises(BuildError, match=r'could not compile the native core: .*error'):
        build()
    assert not list((sources / '_build').iterdir())
