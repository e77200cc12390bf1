# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Behavior of the SAC configuration."""

from __future__ import annotations

from dataclasses import asdict
import math

import pytest
from sac_learner.config import SacConfig

GUIDE = {
    'num_critics': 2,
    'target_subset': 2,
    'actor_q': 'mean',
    'layer_norm_critic': False,
    'init_temperature': 1.0,
    'batch_size': 256,
    'utd_ratio': 8,
    'tau': 0.005,
}
SERL = {
    'num_critics': 10,
    'target_subset': 2,
    'actor_q': 'mean',
    'activation': 'tanh',
    'layer_norm_critic': True,
    'layer_norm_actor': True,
    'backup_entropy': False,
    'init_temperature': 0.01,
    'warmup_steps': 2000,
}


@pytest.mark.parametrize('choices', [GUIDE, SERL])
def test_choices_of_the_guide_and_of_serl_can_be_expressed(choices: dict[str, object]) -> None:
    config = SacConfig(**choices)
    assert {name: asdict(config)[name] for name in choices} == choices


def test_a_target_entropy_that_no_policy_reaches_is_refused_with_the_reason() -> None:
    assert SacConfig(target_entropy_per_dim=0.69)
    with pytest.raises(ValueError, match=r'must be below 0\.693: no policy can be .*, got 1$'):
        SacConfig(target_entropy_per_dim=1.0)


def test_one_step_takes_one_batch_for_each_critic_update() -> None:
    assert SacConfig(batch_size=256, utd_ratio=8).step_batch_size == 2048


def test_target_entropy_grows_with_the_action_dimensions() -> None:
    assert SacConfig().target_entropy_for(6) == -6.0
    assert SacConfig(target_entropy_per_dim=-0.5).target_entropy_for(6) == -3.0


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('hidden_dims', ()),
        ('hidden_dims', (256, 0)),
        ('hidden_dims', (1.5,)),
        ('activation', 'gelu'),
        ('actor_q', 'max'),
        ('layer_norm_critic', 1),
        ('layer_norm_actor', 'yes'),
        ('backup_entropy', 0),
        ('num_critics', 0),
        ('target_subset', 3),
        ('target_subset', 0),
        ('batch_size', 0),
        ('batch_size', 2.0),
        ('utd_ratio', -1),
        ('utd_ratio', True),
        ('warmup_steps', -1),
        ('dropout', -0.1),
        ('dropout', 0.95),
        ('dropout', math.nan),
        ('reset_period', -1),
        ('reset_layers', 'first'),
        ('weight_decay', -0.01),
        ('weight_decay', math.nan),
        ('seed', -1),
        ('discount', 1.01),
        ('n_step', 0),
        ('n_step', 101),
        ('terminal_return_steps', -1),
        ('terminal_return_steps', 1001),
        ('n_step', 1.5),
        ('discount', -0.1),
        ('discount', math.nan),
        ('tau', 0.0),
        ('tau', 1.5),
        ('actor_lr', 0.0),
        ('critic_lr', math.nan),
        ('temperature_lr', -1e-3),
        ('actor_lr', 'fast'),
        ('init_temperature', 0.0),
        ('init_temperature', 1e9),
        ('target_entropy_per_dim', math.nan),
        ('target_entropy_per_dim', 0.7),
    ],
)
def test_value_outside_its_range_is_refused_naming_field_and_value(
    field: str, value: object
) -> None:
    with pytest.raises(ValueError, match=field) as error:
        SacConfig(**{field: value})
    assert str(value) in str(error.value)
