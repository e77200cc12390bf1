# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a GPU would compute is what the reference computes; here on the CPU, unrecorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.algorithms.sac.gpu.stacked_mlp import StackedMlp
from sac_learner.algorithms.sac.gpu.update import METRICS, Update
from sac_learner.algorithms.sac.noise import StepNoise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import SacConfig
import torch

from .step_cases import (
    ACTION_DIM,
    assert_follows,
    CASES,
    course_of_reference,
    difference,
    draw_inputs,
    name_of,
    OBSERVATION_DIM,
    SMALL,
    STEPS,
)

pytestmark = pytest.mark.timeout(120)

# The order of sums differs a little, and training amplifies it a little. Measured: 3e-7,
# 2e-7 and 5e-7.
LOSS_TOLERANCE = 1e-4
WEIGHT_TOLERANCE = 1e-4
MOMENT_TOLERANCE = 1e-3
# In bfloat16 a sum that rounds the other way differs by 2^-8. Measured: 6e-3 and 2e-3.
BF16_TOLERANCE = 5e-2


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_step(
    config: SacConfig, *, precision: str = 'fp32', compiled: bool = False
) -> CapturedStep:
    return CapturedStep(
        config,
        OBSERVATION_DIM,
        ACTION_DIM,
        replay_capacity=10,
        device='cpu',
        precision=precision,
        compiled=compiled,
    )


@pytest.mark.parametrize('config', CASES, ids=name_of)
def test_update_follows_the_reference(config: SacConfig) -> None:
    step = make_step(config)
    assert_follows(
        step,
        config,
        losses=LOSS_TOLERANCE,
        weights=WEIGHT_TOLERANCE,
        moments=MOMENT_TOLERANCE,
    )


@pytest.mark.parametrize('config', CASES[2::7], ids=name_of)
def test_update_in_bfloat16_follows_the_reference_in_bfloat16(config: SacConfig) -> None:
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM, precision='bf16')
    step = make_step(config, precision='bf16')
    for batch, noise in draw_inputs(config, STEPS):
        reference.update(batch, noise)
        step.update(batch, noise)
    assert difference(step, reference) < BF16_TOLERANCE
    _, exact = course_of_reference(config)
    assert difference(step, exact) > WEIGHT_TOLERANCE  # it does round


@pytest.mark.parametrize(('hidden_dims', 'action_dim'), [((7,), 1), ((33, 16, 48), 20)])
def test_any_number_and_width_of_layers_matches_the_reference(
    hidden_dims: tuple[int, ...], action_dim: int
) -> None:
    config = replace(SMALL, hidden_dims=hidden_dims)
    reference = SacStep(config, OBSERVATION_DIM, action_dim)
    step = CapturedStep(
        config, OBSERVATION_DIM, action_dim, replay_capacity=10, device='cpu', compiled=False
    )
    for batch, noise in draw_inputs(config, 20, action_dim=action_dim):
        reference.update(batch, noise)
        step.update(batch, noise)
    assert difference(step, reference) < WEIGHT_TOLERANCE


def test_update_as_a_compiler_rewrites_it_follows_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Traced as a whole and freed of changes in place; generating kernels would take a minute.
    monkeypatch.setattr(torch, 'compile', partial(torch.compile, backend='aot_eager'))
    torch.compiler.reset()
    # A subset of the targets, LayerNorm, entropy.
    config = replace(CASES[2], num_critics=3, dropout=0.1, weight_decay=0.1, utd_ratio=2)
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM)
    step = make_step(config, compiled=True)
    for batch, noise in draw_inputs(config, 10):
        reference.update(batch, noise)
        step.update(batch, noise)
    assert step.metrics() == pytest.approx(
        reference.metrics(), rel=LOSS_TOLERANCE, abs=LOSS_TOLERANCE
    )
    assert difference(step, reference) < WEIGHT_TOLERANCE


@pytest.mark.parametrize('layer_norm', [False, True])
@pytest.mark.parametrize('activation', ['relu', 'tanh'])
def test_written_out_gradients_are_those_of_autograd(activation: str, layer_norm: bool) -> None:
    mlp = StackedMlp(7, (12, 9), 3, activation=activation, layer_norm=layer_norm)
    generator = torch.Generator().manual_seed(0)
    flat = torch.randn(4, mlp.size, generator=generator, dtype=torch.float64).requires_grad_()
    x = torch.randn(4, 11, 7, generator=generator, dtype=torch.float64).requires_grad_()
    outputs, saved = mlp.forward(flat, x)
    gradient = torch.randn(outputs.shape, generator=generator, dtype=torch.float64)
    by_flat, by_x = torch.autograd.grad((outputs * gradient).sum(), (flat, x))
    with torch.no_grad():
        torch.testing.assert_close(mlp.weight_gradients(flat, saved, gradient), by_flat)
        columns = slice(2, 6)
        torch.testing.assert_close(
            mlp.input_gradient(flat, saved, gradient, inputs=columns), by_x[..., columns]
        )


def test_each_network_of_a_stack_begins_at_an_aligned_place() -> None:
    mlp = StackedMlp(23, (256, 256), 1, activation='relu', layer_norm=True)
    assert mlp.size % 32 == 0
    views = mlp.views(torch.zeros(2, mlp.size))
    assert {name: view.shape[1:] for name, view in views.items()} == mlp.shapes
    for name, view in views.items():
        if name.endswith('.weight') and view.ndim == 3:
            assert view.storage_offset() % 4 == 0, name


@pytest.mark.parametrize('config', CASES, ids=name_of)
def test_update_reads_no_number_of_the_device_and_stays_there(config: SacConfig) -> None:
    # On the device 'meta' tensors have no values: whatever reads one, or mixes in the CPU, fails.
    device = torch.device('meta')
    layout = RowLayout(OBSERVATION_DIM, ACTION_DIM)
    update = Update(config, layout, device)
    size = config.step_batch_size
    noise = StepNoise(
        torch.empty(config.utd_ratio, config.batch_size, ACTION_DIM, device=device),
        torch.empty(size, ACTION_DIM, device=device),
        torch.empty(config.utd_ratio, config.target_subset, dtype=torch.int64, device=device),
        torch.empty((), dtype=torch.int64, device=device) if config.dropout else None,
    )
    stats = update(torch.empty(size, layout.width, device=device), noise)
    assert stats.device == device
    assert stats.shape == (len(METRICS),)
