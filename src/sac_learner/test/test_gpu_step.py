# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The step that draws its own batches: what the learner relies on, on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import logging

import numpy as np
import pytest
from sac_learner.algorithms.sac import backend
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.learner import Learner
import torch

from .fakes import make_batch, make_spec
from .step_cases import difference, SMALL

CONFIG = replace(SMALL, hidden_dims=(16, 16), batch_size=8, num_critics=3)
SETTINGS = LearnerSettings(replay_capacity=100, training_starts=10)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_step(config: SacConfig = CONFIG) -> CapturedStep:
    return CapturedStep(config, 3, 2, replay_capacity=100, device='cpu', compiled=False)


def make_learner(config: SacConfig = CONFIG, *, stored: int = 30) -> tuple[Learner, CapturedStep]:
    step = make_step(config)
    learner = Learner(config, SETTINGS, make_spec(), step)
    batch = make_batch(0, stored)
    rng = np.random.default_rng(0)
    batch.rows.observations[:] = rng.normal(3.0, 2.0, (stored, 3))
    batch.rows.next_observations[:] = rng.normal(3.0, 2.0, (stored, 3))
    batch.rows.actions[:] = rng.uniform(-1, 1, (stored, 2))
    learner.store(batch)
    return learner, step


@pytest.mark.parametrize('normalize', [True, False])
def test_learner_trains_on_what_is_stored_as_the_reference_would(normalize: bool) -> None:
    config = replace(CONFIG, normalize_observations=normalize)
    learner, step = make_learner(config)
    reference = SacStep(config, 3, 2)
    while learner.train():
        reference.update(*step.last_drawn())
    assert step.steps == reference.steps == 20
    assert difference(step, reference) < 1e-5
    batch, _ = step.last_drawn()
    assert set(batch.rewards.tolist()) <= set(range(30))
    assert (abs(float(batch.observations.mean())) < 0.6) == normalize


def test_every_step_draws_anew() -> None:
    learner, step = make_learner()
    learner.train()
    first, first_noise = step.last_drawn()
    learner.train()
    second, second_noise = step.last_drawn()
    assert not torch.equal(first.rewards, second.rewards)
    assert not torch.equal(first_noise.actor_noise, second_noise.actor_noise)
    assert not torch.equal(first_noise.next_action_noise, second_noise.next_action_noise)


def test_a_restored_step_continues_bit_for_bit_draws_included() -> None:
    learner, step = make_learner()
    for _ in range(5):
        learner.train()
    restored = make_step(replace(CONFIG, seed=9))
    restored.load_state_dict(step.state_dict())
    restored.mirror(learner.replay.storage, learner.replay.total_added)
    restored.normalize_by(learner.training.normalizer.normalization)
    assert restored.steps == 5
    for _ in range(5):
        step.step_drawn()
        restored.step_drawn()
    assert restored.metrics() == step.metrics()
    state, wanted = restored.state_dict(), step.state_dict()
    assert all(torch.equal(state[name], wanted[name]) for name in wanted)


def test_state_is_that_of_the_reference_by_name_shape_and_value() -> None:
    ours, theirs = make_step().state_dict(), SacStep(CONFIG, 3, 2).state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_state_moves_to_the_reference_and_back() -> None:
    learner, step = make_learner()
    while learner.train():
        pass
    reference = SacStep(replace(CONFIG, seed=1), 3, 2)
    reference.load_state_dict(step.state_dict())
    back = make_step(replace(CONFIG, seed=2))
    back.load_state_dict(reference.state_dict())
    state, wanted = back.state_dict(), step.state_dict()
    assert all(torch.equal(state[name], wanted[name]) for name in wanted)


def test_state_of_another_kind_of_device_is_taken_with_noise_of_its_own() -> None:
    state = make_step().state_dict()
    state['generator'] = torch.zeros(16, dtype=torch.uint8)  # a GPU's: seed and offset
    draws = []
    for _ in range(2):
        step = make_step()
        step.load_state_dict(state)
        draws.append(torch.rand(3, generator=step.generator))
    assert torch.equal(*draws)
    assert not torch.equal(draws[0], torch.rand(3, generator=make_step().generator))


def test_state_of_another_shape_is_refused_and_nothing_is_loaded() -> None:
    step = make_step()
    before = step.state_dict()
    with pytest.raises(ValueError, match=r'actor\.hidden\.1\.weight \(have \(16, 16\), given'):
        step.load_state_dict(make_step(replace(CONFIG, hidden_dims=(16, 17))).state_dict())
    after = step.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_policy_is_that_of_the_moment_when_its_copy_began() -> None:
    learner, step = make_learner()
    copy, before = step.copy_policy(), step.policy_tensors()
    learner.train()
    assert list(before) == list(SacStep(CONFIG, 3, 2).policy_tensors())
    assert copy.ready()
    arrived = copy.tensors()
    assert all(np.array_equal(arrived[name], before[name]) for name in before)
    assert any((step.policy_tensors()[name] != before[name]).any() for name in before)


def test_metrics_are_there_from_the_first_step_on() -> None:
    learner, step = make_learner()
    assert step.metrics() == {}
    learner.train()
    reference = SacStep(CONFIG, 3, 2)
    reference.update(*step.last_drawn())
    assert step.metrics() == pytest.approx(reference.metrics(), abs=1e-5)


def test_nothing_can_be_drawn_before_something_is_stored() -> None:
    with pytest.raises(ValueError, match='empty replay buffer'):
        make_step().step_drawn()


def test_a_gpu_gets_the_recorded_step_and_a_line_that_says_so() -> None:
    step, kind = choose(compiled=False)
    assert isinstance(step, CapturedStep)
    assert kind == 'one CUDA graph of kernels of torch'


@pytest.mark.parametrize('compiler_works', [True, False])
def test_what_cannot_be_compiled_or_recorded_falls_back_with_a_warning(
    compiler_works: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(CapturedStep):
        def __init__(self, *args: object, compiled: bool, **options: object) -> None:
            if compiled or compiler_works:
                raise RuntimeError('no triton' if compiled else 'operation not permitted')
            super().__init__(*args, compiled=compiled, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(backend, 'CapturedStep', Failing)
    with caplog.at_level(logging.WARNING):
        step, kind = choose(compiled=not compiler_works)
    assert len(caplog.records) == 1
    if compiler_works:
        assert isinstance(step, SacStep)
        assert 'RuntimeError: operation not permitted' in caplog.text
        assert kind == 'torch (no CUDA graph)'
    else:
        assert isinstance(step, CapturedStep)
        assert 'RuntimeError: no triton' in caplog.text
        assert kind == 'one CUDA graph of kernels of torch'


def test_it_says_where_batches_of_several_steps_are_drawn() -> None:
    for change in ({'n_step': 3}, {'terminal_return_steps': 3}, {'model_share': 0.5}):
        config = replace(CONFIG, **change)
        _, kind = choose(compiled=False, config=config)
        assert kind == (
            'one CUDA graph of kernels of torch, batches drawn on the CPU'
            f' (n_step {config.n_step}, terminal_return_steps {config.terminal_return_steps},'
            f' model_share {config.model_share:g})'
        )


def choose(*, compiled: bool, config: SacConfig = CONFIG) -> tuple[object, str]:
    return backend.captured_or_plain(
        config,
        3,
        2,
        device=torch.device('cpu'),
        precision='fp32',
        replay_capacity=100,
        compiled=compiled,
    )
