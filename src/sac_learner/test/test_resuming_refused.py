# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a learner may not continue from is refused; what is damaged is told, and left out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
import random
import shutil
import zlib

import numpy as np
import pytest
from sac_learner.checkpoint import list_checkpoints
from sac_learner.checkpoint_files import decode_description, encode_description
from sac_learner.resuming import open_learner
from safetensors.torch import load_file, save

from .fakes import make_batch
from .resumed_run import (
    assert_same,
    batch_number,
    CONFIG,
    kill,
    reference,
    Run,
    SPEC,
    state,
    train_all,
    undisturbed,
)

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    ('changed', 'message'),
    [
        ({'hidden_dims': (8, 9)}, r'hidden_dims \[8, 8\] against \[8, 9\]'),
        (
            {'critic_lr': 3e-4, 'tau': 0.01},
            'tau 0.005 against 0.01, critic_lr 0.001 against 0.0003',
        ),
        ({'seed': 1}, 'seed 0 against 1'),
        ({'normalize_observations': False}, 'normalize_observations True against False'),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused_naming_the_fields(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    run = Run(tmp_path)
    learner = run.open()
    run.save(learner)
    kill(learner)
    with pytest.raises(ValueError, match=message):
        run.open(config=dataclasses.replace(CONFIG, **changed))  # type: ignore[arg-type]
    kill(run.open(threads=3, weights_publish_period=1.0, lockstep=False, training_starts=30))


@pytest.mark.parametrize(
    ('changed', 'message'),
    [
        ({'env_id': 'Other-v0'}, 'env_id Fake-v0 against Other-v0'),
        ({'action_high': np.full(2, 2.0, np.float32)}, 'action_high .* against .*2.0'),
    ],
)
def test_a_checkpoint_of_another_robot_is_refused_naming_the_fields(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    run = Run(tmp_path)
    learner = run.open()
    run.save(learner)
    kill(learner)
    other = dataclasses.replace(SPEC, **changed)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        open_learner(CONFIG, run.settings, other, reference(), print)


def test_another_capacity_is_refused_naming_it(tmp_path: Path) -> None:
    run = Run(tmp_path)
    kill(run.open())
    with pytest.raises(ValueError, match='replay_capacity 2000 against 3000'):
        run.open(replay_capacity=3000)


def three_checkpoints(tmp_path: Path) -> Run:
    run = Run(tmp_path / 'run')
    learner = run.open()
    for n in range(9):
        learner.store(batch_number(n))
        train_all(learner)
        if n % 3 == 2:
            run.save(learner)
    kill(learner)
    return run


@pytest.mark.parametrize('name', ['policy.safetensors', 'learner.safetensors', 'learner.json'])
def test_a_flipped_byte_in_any_file_makes_it_go_on_from_the_checkpoint_before(
    tmp_path: Path, name: str
) -> None:
    run, chance = three_checkpoints(tmp_path), random.Random(name)
    expected = undisturbed(tmp_path / 'other', reference, 9)
    path = list_checkpoints(run.checkpoints)[-1] / name
    whole = path.read_bytes()
    for _ in range(6):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        run.warnings.clear()
        learner = run.open()
        (warning,) = run.warnings
        assert f'{path.parent.name}/{name}' in warning
        before = list_checkpoints(run.checkpoints)[-2]
        assert (run.checkpoints / 'latest').resolve() == before.resolve()
        train_all(learner)
        assert_same(state(learner), state(expected))
        kill(learner)
    kill(expected)


def test_a_checkpoint_that_is_not_finite_makes_it_resume_from_the_one_before(
    tmp_path: Path,
) -> None:
    run = three_checkpoints(tmp_path)
    newest = list_checkpoints(run.checkpoints)[-1]
    poison(newest, 'actor_adam.square.mean.bias')
    learner = run.open()
    (warning,) = run.warnings
    assert f'{newest.name}/learner.safetensors: actor_adam.square.mean.bias holds' in warning
    before = list_checkpoints(run.checkpoints)[-2]
    assert (run.checkpoints / 'latest').resolve() == before.resolve()
    kill(learner)


def poison(checkpoint: Path, tensor: str) -> None:
    """Make a tensor infinite, with checksums that are right."""
    tensors = load_file(checkpoint / 'learner.safetensors')
    tensors[tensor].fill_(float('inf'))
    data = save(tensors)
    (checkpoint / 'learner.safetensors').write_bytes(data)
    description = decode_description((checkpoint / 'learner.json').read_bytes())
    description['crc32']['learner.safetensors'] = zlib.crc32(data)
    (checkpoint / 'learner.json').write_bytes(encode_description(description))


@pytest.mark.parametrize('damage', ['missing', 'truncated', 'empty'])
def test_where_no_checkpoint_is_whole_it_refuses_and_says_what_to_do(
    tmp_path: Path, damage: str
) -> None:
    run = three_checkpoints(tmp_path)
    for path in run.checkpoints.glob('step_*/learner.safetensors'):
        if damage == 'missing':
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[: 100 if damage == 'truncated' else 0])
    with pytest.raises(ValueError, match=r'no checkpoint is whole .*restore one .*or move'):
        run.open()
    assert len(run.warnings) == 3
    shutil.rmtree(run.checkpoints)
    kill(run.open())  # what was stored is still good


def test_a_checkpoint_that_knows_more_than_is_stored_is_told(tmp_path: Path) -> None:
    run = three_checkpoints(tmp_path)
    with (run.directory / 'replay' / 'rows.bin').open('r+b') as file:
        file.truncate(4096 + 42 * 40)
    learner = run.open()
    assert run.warnings[-1] == '21 transitions that the checkpoint knew are not stored'
    assert (learner.env_steps, learner.algorithm.steps) == (42, 43)
    learner.store(make_batch(63, 5, oldest=63))
    assert learner.sequences.lost == 21
    train_all(learner)
    assert learner.algorithm.steps == 48
    kill(learner)


def test_a_replay_that_takes_much_of_the_machine_is_told_before_it_fills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path)
    kill(run.open())
    assert run.warnings == []
    monkeypatch.setattr('sac_learner.resuming.memory_size', lambda: 10_000)
    kill(run.open())
    assert 'replay_capacity' in run.warnings[0]
    assert 'here are 0.0 GB of memory and' in run.warnings[0]
