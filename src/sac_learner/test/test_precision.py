# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Precision of the matrix products."""

from __future__ import annotations

import pytest
from sac_learner.algorithms.sac.backend import make_step
from sac_learner.algorithms.sac.noise import draw_noise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.config import LearnerSettings, SacConfig
from sac_learner.precision import check_precision, product, product_precision
import torch

SMALL = SacConfig(hidden_dims=(32, 32), batch_size=16, utd_ratio=2)


def test_float32_is_the_default_and_changes_nothing() -> None:
    assert LearnerSettings().precision == 'fp32'
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(3, 8, 8, generator=generator) for _ in 'ab')
    assert torch.equal(product(a, b, bf16=False), a @ b)


def test_bfloat16_rounds_the_factors_and_keeps_the_type() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(3, 64, 64, generator=generator) for _ in 'ab')
    rounded = product(a, b, bf16=True)
    assert rounded.dtype == torch.float32
    distance = float((rounded - a @ b).norm() / (a @ b).norm())
    assert 1e-3 < distance < 1e-2


def test_switch_for_tf32_is_put_back() -> None:
    with product_precision('tf32'):
        assert torch.get_float32_matmul_precision() == 'high'
    assert torch.get_float32_matmul_precision() == 'highest'


@pytest.mark.parametrize('precision', ['tf32', 'fp16'])
def test_precision_that_the_device_does_not_offer_is_refused_by_name(precision: str) -> None:
    with pytest.raises(ValueError, match=f"precision .*'{precision}'"):
        check_precision(precision, torch.device('cpu'))
    with pytest.raises(ValueError, match=f"precision .*'{precision}'"):
        make_step(SMALL, 3, 1, device='cpu', precision=precision)


def test_bfloat16_products_keep_the_weights_float32_and_the_step_near_the_exact_one() -> None:
    exact, rounded = SacStep(SMALL, 3, 1), SacStep(SMALL, 3, 1, precision='bf16')
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        batch = _batch(generator)
        noise = draw_noise(SMALL, 1, generator)
        exact.update(batch, noise)
        rounded.update(batch, noise)
    ours, theirs = rounded.state_dict(), exact.state_dict()
    assert {n: t.dtype for n, t in ours.items()} == {n: t.dtype for n, t in theirs.items()}
    distances = [
        float((ours[name] - theirs[name]).norm() / theirs[name].norm())
        for name in ours
        if name.startswith(('actor.hidden', 'critics.hidden')) and name.endswith('weight')
    ]
    assert 1e-5 < max(distances) < 5e-2


def _batch(generator: torch.Generator) -> Batch:
    size = SMALL.step_batch_size
    return Batch(
        observations=torch.randn(size, 3, generator=generator),
        actions=torch.rand(size, 1, generator=generator) * 2 - 1,
        rewards=torch.randn(size, generator=generator),
        next_observations=torch.randn(size, 3, generator=generator),
        bootstrap=torch.ones(size),
    )
