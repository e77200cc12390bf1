# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What cannot be true is refused; what is merely unusual is not."""

from __future__ import annotations

import math
from typing import Any

import pytest
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.sanity_check import SanityCheck


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def actor(**fields: Any) -> ActorReport:
    return ActorReport(**{'actor': '/actor', 'actor_session': 1} | fields)


def episode(**fields: Any) -> EpisodeReport:
    values = {'episode_id': 0, 'env_steps': 20, 'length': 20, 'episode_return': 1.0}
    return EpisodeReport(**{'actor': '/actor', 'actor_session': 1} | values | fields)


@pytest.mark.parametrize(
    ('report', 'complaint'),
    [
        (actor(actor_session=0), 'session must be above 0'),
        (LearnerReport(learner_session=0), 'session must be above 0'),
        (actor(env_steps=2**62), 'env_steps must be at most 1000000000000'),
        (LearnerReport(learner_session=1, learner_steps=2**62), 'learner_steps must be at most'),
        (episode(episode_return=math.nan), 'episode_return must be finite, got nan'),
        (episode(episode_return=-math.inf), 'episode_return must be finite, got -inf'),
        (episode(length=0), 'length must be at least 1, got 0'),
    ],
)
def test_an_impossible_report_is_refused(report: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SanityCheck().check(report)


def test_counts_grow_no_faster_than_a_simulator_runs() -> None:
    clock = Clock()
    plausibility = SanityCheck(clock)
    plausibility.check(actor(env_steps=5_000_000))  # a run that is resumed
    with pytest.raises(ValueError, match='env_steps cannot have grown from 5000000 to 2147483648'):
        plausibility.check(actor(env_steps=2**31))
    with pytest.raises(ValueError, match='cannot have grown'):
        plausibility.check(episode(env_steps=2**31))
    clock.now = 3600.0
    plausibility.check(actor(env_steps=5_000_000 + 3600 * 20_000))
    plausibility.check(actor(env_steps=0))  # a restart, or an old message
    with pytest.raises(ValueError, match='cannot have grown from 77000000'):
        plausibility.check(actor(env_steps=10**9))


def test_a_flood_of_names_fills_no_memory() -> None:
    plausibility = SanityCheck()
    for number in range(1000):
        plausibility.check(actor(actor=f'/actor_{number}'))
    with pytest.raises(ValueError, match='more nodes report than can be, /one_more'):
        plausibility.check(actor(actor='/one_more'))
    plausibility.check(actor(actor='/actor_1'))
