# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""`latest` stands for the newest checkpoint on every file system, and after every kind of copy."""

import os
from pathlib import Path

import pytest
from sac_core.latest import follow_latest, point_latest


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    for name in ('step_1_save_1', 'step_2_save_2'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'policy').write_text(name)
    return tmp_path


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without links."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, 'Operation not permitted')

    monkeypatch.setattr(os, 'symlink', refuse)


def names(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


def test_latest_moves_on(checkpoints: Path) -> None:
    for name in ('step_1_save_1', 'step_2_save_2'):
        point_latest(checkpoints, name)
        assert (follow_latest(checkpoints / 'latest') / 'policy').read_text() == name


@pytest.mark.usefixtures('no_links')
def test_without_links_latest_is_a_file_that_names_the_checkpoint(checkpoints: Path) -> None:
    for name in ('step_1_save_1', 'step_2_save_2'):
        point_latest(checkpoints, name)
        assert (checkpoints / 'latest').read_text() == name
        assert (follow_latest(checkpoints / 'latest') / 'policy').read_text() == name


def test_a_copy_in_place_of_the_link_makes_way(checkpoints: Path) -> None:
    (checkpoints / 'latest').mkdir()
    (checkpoints / 'latest' / 'policy').write_text('a copy')
    point_latest(checkpoints, 'step_2_save_2')
    assert (checkpoints / 'latest').is_symlink()
    assert (checkpoints / 'latest' / 'policy').read_text() == 'step_2_save_2'
    assert names(checkpoints) == ['latest', 'step_1_save_1', 'step_2_save_2']


@pytest.mark.usefixtures('no_links')
def test_a_run_goes_from_a_disk_with_links_to_one_without(checkpoints: Path) -> None:
    (checkpoints / 'latest').mkdir()
    point_latest(checkpoints, 'step_1_save_1')
    assert follow_latest(checkpoints / 'latest') == checkpoints / 'step_1_save_1'
    assert names(checkpoints) == ['latest', 'step_1_save_1', 'step_2_save_2']


@pytest.mark.parametrize('content', ['nowhere', '../..', '', 'x' * 300])
def test_a_file_that_names_no_checkpoint_beside_it_stands_for_itself(
    checkpoints: Path, content: str
) -> None:
    latest = checkpoints / 'latest'
    latest.write_text(content)
    assert follow_latest(latest) == latest
