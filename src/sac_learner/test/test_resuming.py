# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A learner goes on from its directories as if it had never been away, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
from pathlib import Path
import random
import shutil

import numpy as np
import pytest
from sac_core.transitions import TransitionBatch
from sac_learner.checkpoint import list_checkpoints, write_checkpoint
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.gpu.captured_step import CapturedStep
from sac_learner.learner import Learner
from sac_learner.native.native_step import NativeStep
from sac_learner.resuming import open_learner
from sac_learner.sac_step import SacStep
from sac_learner.step_protocol import HighUtdStep
import torch

from .fakes import make_batch, make_spec

pytestmark = pytest.mark.timeout(120)
CONFIG = SacConfig(hidden_dims=(8, 8), batch_size=4, utd_ratio=2, num_critics=3, warmup_steps=5)
SPEC = make_spec()


def reference(config: SacConfig = CONFIG) -> HighUtdStep:
    return SacStep(config, 3, 2)


def native(config: SacConfig = CONFIG) -> HighUtdStep:
    return NativeStep(config, 3, 2, threads=1)


def captured(config: SacConfig = CONFIG) -> HighUtdStep:
    return CapturedStep(config, 3, 2, replay_capacity=2000, device='cpu', compiled=False)


class Run:
    """A run directory, and the learners that come and go in it."""

    def __init__(self, directory: Path, make_step: Callable[..., HighUtdStep] = reference) -> None:
        self.directory = directory
        self.make_step = make_step
        self.settings = LearnerSettings(
            replay_dir=str(directory / 'replay'),
            checkpoint_dir=str(directory / 'checkpoints'),
            replay_capacity=2000,
            training_starts=20,
            lockstep=True,
        )
        self.warnings: list[str] = []
        self.resumed = ''

    def open(self, *, config: SacConfig = CONFIG, **settings: object) -> Learner:
        self.settings = dataclasses.replace(self.settings, **settings)  # type: ignore[arg-type]
        learner, self.resumed = open_learner(
            config, self.settings, SPEC, self.make_step(config), self.warnings.append
        )
        return learner

    @property
    def checkpoints(self) -> Path:
        return self.directory / 'checkpoints'

    def save(self, learner: Learner) -> Path:
        if not learner.policy_version:
            learner.new_policy()
        return write_checkpoint(self.checkpoints, learner.snapshot(), CONFIG, SPEC)


def kill(learner: Learner) -> None:
    """Let go of the files as the end of the process would, without another word to them."""
    learner.storage.close()


def batch_number(n: int, *, rows: int = 7) -> TransitionBatch:
    """The n-th batch that an actor sends: random rows, the same each time."""
    batch = make_batch(n * rows, rows)
    random_rows = np.random.default_rng(n)
    for name in ('observations', 'next_observations', 'actions', 'rewards'):
        array = getattr(batch.rows, name)
        array[:] = random_rows.uniform(-1, 1, array.shape)
    batch.rows.terminated[:] = random_rows.random(rows) < 0.1
    return batch


def train_all(learner: Learner) -> None:
    while learner.train():
        pass


def state(learner: Learner) -> dict[str, torch.Tensor]:
    """Everything on which the rest of a run depends."""
    if not learner.policy_version:
        learner.new_policy()
    snapshot = learner.snapshot()
    numbers = torch.tensor([len(learner.replay), *vars(snapshot.pace).values()])
    draws = torch.tensor(list(str(snapshot.replay).encode()))
    return snapshot.tensors | {'numbers': numbers, 'draws': draws}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def undisturbed(directory: Path, make_step: Callable[..., HighUtdStep], batches: int) -> Learner:
    learner = Run(directory, make_step).open()
    learner.new_policy()
    for n in range(batches):
        learner.store(batch_number(n))
        train_all(learner)
    return learner


@pytest.mark.parametrize('make_step', [reference, native, captured])
@pytest.mark.parametrize('seed', range(3))
def test_killed_anywhere_it_computes_bit_for_bit_what_it_would_have(
    tmp_path: Path, make_step: Callable[..., HighUtdStep], seed: int
) -> None:
    batches, chance = 25, random.Random(seed)
    run = Run(tmp_path / 'run', make_step)
    learner, n, kills = run.open(), 0, 0
    while n < batches:
        event = chance.random()
        if event < 0.15:  # in the midst of the steps that the last batch calls for
            for _ in range(chance.randrange(7)):
                learner.train()
            kill(learner)
            learner, kills = run.open(), kills + 1
        elif event < 0.3:
            run.save(learner)  # also in the midst of what is taken in again
        elif learner.found:
            learner.train()
        else:
            train_all(learner)
            learner.store(batch_number(n))
            n += 1
    train_all(learner)
    assert kills
    assert not run.warnings
    expected = undisturbed(tmp_path / 'other', make_step, batches)
    assert_same(state(learner), state(expected))
    assert learner.env_steps == 7 * batches
    kill(learner)
    kill(expected)


def test_on_a_clock_it_goes_on_bit_for_bit_from_where_the_checkpoint_was(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(lockstep=False)
    for n in range(20):
        learner.store(batch_number(n))
        for _ in range(5):  # it does not keep up
            learner.train()
    run.save(learner)
    kill(learner)
    learners = [undisturbed_on_a_clock(tmp_path / 'other'), run.open()]
    for each in learners:
        each.store(batch_number(20))
        train_all(each)
    assert_same(state(learners[0]), state(learners[1]))
    assert learners[1].pace.state().forgiven == 0
    for each in learners:
        kill(each)


def undisturbed_on_a_clock(directory: Path) -> Learner:
    learner = Run(directory).open(lockstep=False)
    for n in range(20):
        learner.store(batch_number(n))
        for _ in range(5):
            learner.train()
    return learner


def test_without_a_checkpoint_the_stored_transitions_are_trained_on_again(tmp_path: Path) -> None:
    run = Run(tmp_path / 'run')
    learner = run.open()
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    kill(learner)
    again = run.open()
    assert 'untrained networks with 70 stored transitions' in run.resumed
    assert (again.found, again.env_steps) == (70, 0)
    train_all(again)
    expected = undisturbed(tmp_path / 'other', reference, 10)
    assert_same(state(again), state(expected))
    kill(again)
    kill(expected)


def test_on_a_clock_newer_transitions_count_at_once_and_the_debt_is_capped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(lockstep=False, max_debt_steps=30)
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    run.save(learner)
    for n in range(10, 30):
        learner.store(batch_number(n))
        train_all(learner)
    steps, version = learner.step.steps, learner.policy_version
    learner.store(batch_number(30))
    kill(learner)
    again = run.open()
    assert again.step.steps < steps
    assert (again.found, again.env_steps, len(again.replay)) == (0, 31 * 7, 31 * 7)
    assert again.pace.steps_owed() == 30
    assert again.policy_version > version
    assert again.new_policy().version == again.policy_version
    assert again.ledger.next_sequence(1) == 31 * 7
    kill(again)


def test_counters_and_sessions_go_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open()
    for n in (0, 1, 1, 3, 2):
        learner.store(batch_number(n))
    learner.store(make_batch(50, 10, session=2, oldest=50))
    learner.store(make_batch(70, 10, session=2, oldest=65))
    learner.store(make_batch(65, 10, session=2, oldest=65))
    train_all(learner)
    before = learner.figures(steps_per_second=0.0)
    learner.close()
    again = run.open()
    train_all(again)
    after = again.figures(steps_per_second=0.0)
    for name in ('env_steps', 'transitions_received', 'duplicates', 'lost', 'out_of_order'):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.duplicates, after.lost, after.out_of_order) == (7, 5, 2)
    again.close()


def test_without_a_replay_on_disk_what_was_learned_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open(replay_dir='')
    for n in range(10):
        learner.store(batch_number(n))
        train_all(learner)
    run.save(learner)
    again = run.open()
    assert_same(again.step.state_dict(), learner.step.state_dict())
    assert (again.env_steps, len(again.replay)) == (70, 0)
    assert again.store(batch_number(9)) == 0
    for n in range(10, 13):
        again.store(batch_number(n))
        train_all(again)
        # Nothing is drawn before there is as much as at the start of a run; then all is made up.
        assert again.step.steps == (50 if n < 12 else 71)
    assert again.store(make_batch(200, 5, oldest=200)) == 5
    assert again.ledger.lost == 200 - 13 * 7, 'what its predecessor had in memory'


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
    assert (learner.env_steps, learner.step.steps) == (42, 43)
    learner.store(make_batch(63, 5, oldest=63))
    assert learner.ledger.lost == 21
    train_all(learner)
    assert learner.step.steps == 48
    kill(learner)
