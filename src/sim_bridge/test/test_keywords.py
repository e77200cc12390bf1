# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Keyword arguments for an environment: they reach it, or are refused by name."""

from __future__ import annotations

import pytest
from sim_bridge.env_runner import EnvRunner
from sim_bridge.keywords import read_keywords

from .commands import answer


@pytest.mark.parametrize(
    ('text', 'keywords'),
    [
        ('', {}),
        ('{}', {}),
        ('{a: 2.0, b: [1, 2], c: {d: x}}', {'a': 2.0, 'b': [1, 2], 'c': {'d': 'x'}}),
        ('{a: 1e-3, b: -2E5}', {'a': 1e-3, 'b': -2e5}),
        ('a: true\nb: null', {'a': True, 'b': None}),
    ],
)
def test_a_mapping_is_read(text: str, keywords: dict[str, object]) -> None:
    assert read_keywords(text) == keywords


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('[1, 2]', r'env_kwargs must be a YAML mapping, as \{name: value\}, got'),
        ('gravity', 'env_kwargs must be a YAML mapping, as .*, got'),
        ('{1: 2}', 'env_kwargs must be a YAML mapping, as .*, got'),
        ('{a: ', "env_kwargs must be a YAML mapping, got '{a: '"),
        ('{render_mode: human}', "env_kwargs must not hold 'render_mode'"),
    ],
)
def test_what_is_no_mapping_of_names_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_keywords(text)


def test_keywords_reach_the_environment() -> None:
    heavy, light = (EnvRunner('Pendulum-v1', env_kwargs=f'{{g: {g}}}') for g in (9.81, 1.6))
    (one,), (other,) = answer(heavy, [0.0]), answer(light, [0.0])
    assert heavy.spec.difference(light.spec) == ''
    assert one.observation[2] != other.observation[2]


def test_a_time_limit_can_be_given_to_any_environment() -> None:
    assert (
        EnvRunner('Pendulum-v1', env_kwargs='{max_episode_steps: 7}').spec.max_episode_steps == 7
    )


@pytest.mark.parametrize('env_id', ['HalfCheetah-v5', 'Pendulum-v1'])
def test_an_unknown_keyword_is_named(env_id: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^env_kwargs: {env_id} does not take 'gravty'"
    ) as error:
        EnvRunner(env_id, env_kwargs='{gravty: 1.0}')
    assert '\n' not in str(error.value)
