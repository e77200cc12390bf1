# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The native step with products in bfloat16 stays near the reference in float32."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sac_learner.algorithms.sac import backend
from sac_learner.algorithms.sac.backend import make_step
from sac_learner.algorithms.sac.native.library import offers_bf16
from sac_learner.algorithms.sac.native.native_step import NativeStep
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
)

pytestmark = pytest.mark.timeout(120)
needs_bf16 = pytest.mark.skipif(
    not offers_bf16(), reason='this processor has no instructions for bfloat16'
)

# bfloat16 keeps 8 bits, an error of up to 4e-3 in each factor.
LOSS_TOLERANCE = 1e-2
WEIGHT_TOLERANCE = 1e-1  # of the tensor that is farthest off
MOMENT_TOLERANCE = 3e-1  # measured: 7e-2


@needs_bf16
@pytest.mark.parametrize('config', CASES, ids=name_of)
def test_bfloat16_stays_near_the_float32_reference(config: SacConfig) -> None:
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=2, precision='bf16')
    assert_follows(
        native,
        config,
        losses=LOSS_TOLERANCE,
        weights=WEIGHT_TOLERANCE,
        moments=MOMENT_TOLERANCE,
    )
    _, reference = course_of_reference(config)
    assert difference(native, reference) > 1e-5  # it does round


@needs_bf16
@pytest.mark.parametrize(
    ('hidden_dims', 'batch_size'), [((256, 256), 256), ((40, 24, 33), 20), ((8, 1, 64), 50)]
)
def test_one_update_is_as_near_as_that_of_torch(
    hidden_dims: tuple[int, ...], batch_size: int
) -> None:
    config = replace(SMALL, hidden_dims=hidden_dims, batch_size=batch_size, utd_ratio=1)
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM)
    rounded = SacStep(config, OBSERVATION_DIM, ACTION_DIM, precision='bf16')
    native = NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=2, precision='bf16')
    for batch, noise in draw_inputs(config, 1):
        for step in (reference, rounded, native):
            step.update(batch, noise)
    assert difference(native, reference) < 1.5 * difference(rounded, reference)


@needs_bf16
def test_results_in_bfloat16_are_the_same_for_any_number_of_threads() -> None:
    config = replace(SMALL, batch_size=100, num_critics=3)
    steps = [
        NativeStep(config, OBSERVATION_DIM, ACTION_DIM, threads=t, precision='bf16')
        for t in (1, 2, 3, 7)
    ]
    for batch, noise in draw_inputs(config, 20):
        for step in steps:
            step.update(batch, noise)
    expected = steps[0].state_dict()
    for step in steps[1:]:
        state = step.state_dict()
        assert all(torch.equal(state[name], expected[name]) for name in expected)


@needs_bf16
def test_state_in_bfloat16_goes_on_where_it_was_saved() -> None:
    first = NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM, precision='bf16')
    inputs = list(draw_inputs(SMALL, 10))
    for batch, noise in inputs[:5]:
        first.update(batch, noise)
    second = NativeStep(replace(SMALL, seed=1), OBSERVATION_DIM, ACTION_DIM, precision='bf16')
    second.load_state_dict(first.state_dict())
    for batch, noise in inputs[5:]:
        first.update(batch, noise)
        second.update(batch, noise)
    expected, state = first.state_dict(), second.state_dict()
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_precision_that_the_core_does_not_offer_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="precision 'tf32'"):
        NativeStep(SMALL, OBSERVATION_DIM, ACTION_DIM, precision='tf32')


def test_bfloat16_is_left_to_torch_where_the_core_does_not_offer_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, 'offers_bf16', lambda: False)
    threads = torch.get_num_threads()
    step, line = make_step(SMALL, 3, 1, device='cpu', threads=2, precision='bf16')
    torch.set_num_threads(threads)
    assert isinstance(step, SacStep)
    assert line.startswith('cpu (as configured), torch, bf16, 2 of ')


@needs_bf16
def test_bfloat16_is_computed_by_the_core_where_it_offers_it() -> None:
    threads = torch.get_num_threads()
    step, line = make_step(SMALL, 3, 1, device='cpu', threads=2, precision='bf16')
    torch.set_num_threads(threads)
    assert isinstance(step, NativeStep)
    assert line.startswith('cpu (as configured), native core, bf16, 2 of ')
