# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the monitor hears: the messages' fields as plain values, free of ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from sac_core.metric import Metric, Source
from sac_core.reported_metrics import metrics_from


@dataclass(frozen=True, kw_only=True)
class ActorReport:
    """Last status of one actor session; fields and units as in ActorStatus.msg.

    :param metrics: what has no field there, by name
    """

    actor: str
    actor_session: int
    state: str = ''
    waiting_for: str = ''
    stop_code: str = ''
    stop_reason: str = ''
    env_steps: int = 0
    max_env_steps: int = 0
    episodes: int = 0
    transitions_sent: int = 0
    transitions_acked: int = 0
    transitions_dropped: int = 0
    queue_length: int = 0
    queue_capacity: int = 0
    resends: int = 0
    control_rate: float = 0.0
    period_mean: float = 0.0
    period_std: float = 0.0
    period_p99: float = 0.0
    period_max: float = 0.0
    lateness_p99: float = 0.0
    lateness_max: float = 0.0
    latency_mean: float = 0.0
    latency_p99: float = 0.0
    latency_max: float = 0.0
    ticks: int = 0
    overruns: int = 0
    stale_ticks: int = 0
    unexpected_observations: int = 0
    refused_observations: int = 0
    filtered_actions: int = 0
    clipped_actions: int = 0
    slowed_actions: int = 0
    not_finite_actions: int = 0
    stops: int = 0
    intervened_steps: int = 0
    policy_version: int = 0
    weights_age: float = -1.0
    rejected_weights: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    exit_reason: str = ''
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class LearnerReport:
    """Last status of the learner; fields and units as in LearnerStatus.msg.

    :param metrics: what the algorithm reports, and what else has no field there, by name
    """

    learner_session: int
    state: str = ''
    waiting_for: str = ''
    device: str = ''
    env_steps: int = 0
    learner_steps: int = 0
    critic_updates: int = 0
    measured_utd: float = 0.0
    target_utd: float = 0.0
    steps_owed: float = 0.0
    steps_per_second: float = 0.0
    replay_size: int = 0
    replay_capacity: int = 0
    unsaved: int = 0
    damaged: int = 0
    policy_version: int = 0
    transitions_received: int = 0
    duplicates: int = 0
    lost: int = 0
    out_of_order: int = 0
    rejected_batches: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    exit_reason: str = ''
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class EpisodeReport:
    """One finished episode; fields and units as in Episode.msg."""

    actor: str
    actor_session: int
    episode_id: int
    env_steps: int
    length: int
    episode_return: float
    success: bool = False
    terminated: bool = False
    truncated: bool = False
    evaluation: bool = False
    intervened_steps: int = 0
    deterministic: bool = False
    policy_version: int = 0


Report = TypeVar('Report', ActorReport, LearnerReport, EpisodeReport)


def report_from_message(kind: type[Report], message: Any) -> Report:
    """Copy the fields of a message; a float32 keeps its own digits, 0.1 and not 0.10000000149.

    :raises ValueError: for metrics that cannot be, naming what is wrong
    """
    types = message.get_fields_and_field_types()
    values: dict[str, Any] = {}
    for name in (each.name for each in fields(kind)):
        if name == 'metrics':
            sender = Source.ACTOR if kind is ActorReport else Source.LEARNER
            values[name] = metrics_from(message, sender)
        else:
            value = getattr(message, name)
            values[name] = float(f'{value:.7g}') if types[name] == 'float' else value
    return kind(**values)


def value_in(report: ActorReport | LearnerReport, row: Metric) -> float | None:
    """Give the value of a metric in a status; None where it is not reported."""
    if row.has_field and row.source is not Source.ALGORITHM:
        value: float = getattr(report, row.field)
        return value
    return report.metrics.get(row.name)
