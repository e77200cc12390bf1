# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How an actor is doing, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ActorStats:
    """How the actor is doing; fields are named and explained in ActorStatus.msg.

    :param metrics: what has no field there, by name
    """

    env_steps: int
    episodes: int
    transitions_sent: int
    transitions_acked: int
    transitions_dropped: int
    queue_length: int
    queue_capacity: int
    resends: int
    control_rate: float
    period_mean: float
    period_std: float
    period_p99: float
    period_max: float
    lateness_p99: float
    lateness_max: float
    latency_mean: float
    latency_p99: float
    latency_max: float
    observation_age: float
    ticks: int
    overruns: int
    stale_ticks: int
    unexpected_observations: int
    filtered_actions: int
    intervened_steps: int
    clipped_actions: int
    slowed_actions: int
    not_finite_actions: int
    stops: int
    policy_version: int
    metrics: Mapping[str, float] = field(default_factory=dict)
