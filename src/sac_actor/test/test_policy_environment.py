# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Where a policy's environment comes from: its run, its own file, or the user."""

from __future__ import annotations

from typing import Any

import pytest
from sac_actor.policy_environment import environment_of_policy, PolicyEnvironment
from sac_core.weights import PolicyWeights

from .fakes import make_weights


def weights(env_id: str) -> PolicyWeights:
    made = make_weights()
    return PolicyWeights(made.architecture, made.tensors, env_id=env_id)


def run_of(env_id: str, env_kwargs: str = '{g: 1.6}') -> dict[str, Any]:
    return {'sim_bridge': {'env_id': env_id, 'env_kwargs': env_kwargs}}


@pytest.mark.parametrize(
    ('started', 'trained', 'opened'),
    [
        ('mine:Slider-v0', 'Slider-v0', ('mine:Slider-v0', '{g: 1.6}')),
        ('mine:Slider', 'Slider-v2', ('mine:Slider-v2', '{g: 1.6}')),
        ('Slider-v0', 'Slider-v0', ('Slider-v0', '{g: 1.6}')),
        ('mine:Other-v0', 'Slider-v0', ('Slider-v0', '')),
        ('Pendulum-v1', 'franka/reach', ('franka/reach', '')),
        ('', 'Slider-v0', ('Slider-v0', '')),
        ('mine:Slider-v0', '', ('', '')),
    ],
)
def test_the_run_knows_module_and_keyword_arguments(
    started: str, trained: str, opened: tuple[str, str]
) -> None:
    assert environment_of_policy(weights(trained), run_of(started)) == PolicyEnvironment(*opened)


def test_a_policy_of_no_run_knows_its_id_alone() -> None:
    assert environment_of_policy(weights('Slider-v0'), {}) == PolicyEnvironment('Slider-v0')


def test_another_environment_gets_no_keyword_arguments_of_this_one() -> None:
    known = PolicyEnvironment('mine:Slider-v0', '{g: 1.6}')
    assert known.chosen(None, None) == known
    assert known.chosen('yours:Slider-v0', None) == PolicyEnvironment(
        'yours:Slider-v0', '{g: 1.6}'
    )
    assert known.chosen('Other-v0', None) == PolicyEnvironment('Other-v0')
    assert known.chosen(None, '{g: 2}') == PolicyEnvironment('mine:Slider-v0', '{g: 2}')
