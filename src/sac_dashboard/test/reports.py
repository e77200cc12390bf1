# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reports as the nodes of a run send them."""

from __future__ import annotations

from typing import Any

from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport


def actor_report(env_steps: int = 0, **fields: Any) -> ActorReport:
    fields = {'actor': '/actor', 'actor_session': 5, 'state': 'running'} | fields
    return ActorReport(env_steps=env_steps, **fields)


def learner_report(env_steps: int = 0, **fields: Any) -> LearnerReport:
    fields = {'learner_session': 9, 'state': 'training', 'metrics': {'critic_loss': 0.5}} | fields
    return LearnerReport(env_steps=env_steps, **fields)


def episode_report(number: int, **fields: Any) -> EpisodeReport:
    fields = {'actor': '/actor', 'actor_session': 5, 'length': 100} | fields
    return EpisodeReport(
        episode_id=number,
        env_steps=100 * (number + 1),
        episode_return=float(number),
        **fields,
    )
