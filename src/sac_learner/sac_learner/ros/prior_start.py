# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the prior data of a learner, and tells what it is and how far training on it is."""

from __future__ import annotations

import math
import time

from rclpy.node import Node
from sac_core.ros.timers import throttled
from sac_learner.config import LearnerSettings
from sac_learner.learner_state import LearnerStats
from sac_learner.prior.prior_data import load_prior_data, PriorData

_MOST_WARNINGS = 20
_PROGRESS_PERIOD = 10.0  # between two lines about offline steps [s]


def read_prior_data(node: Node, settings: LearnerSettings) -> PriorData | None:
    """Read what the settings name, if they do.

    :raises ValueError: where it cannot be used, naming what is wrong
    """
    if not settings.recordings:
        return None
    logger, began, warnings = node.get_logger(), time.monotonic(), list[str]()
    prior = load_prior_data(settings.recordings, choice=settings.prior_rows, warn=warnings.append)
    for line in warnings[:_MOST_WARNINGS]:
        logger.warning(line)
    if len(warnings) > _MOST_WARNINGS:
        logger.warning(f'... and {len(warnings) - _MOST_WARNINGS} more about prior_data')
    logger.info(
        f'prior data: {len(prior.rows)} transitions of {prior.spec.env_id}, read in'
        f' {time.monotonic() - began:.1f} s'
    )
    return prior


def tell_offline_progress(node: Node, stats: LearnerStats, *, left: int, steps: int) -> None:
    """Say now and then how far the offline steps are.

    :param left: steps to go
    :param steps: in all
    """
    node.get_logger().info(
        f'offline: {steps - left} of {steps} steps, {stats.steps_per_second:.1f} a'
        f' second, critic loss {stats.metrics.get("critic_loss", math.nan):.4g}',
        **throttled(_PROGRESS_PERIOD),
    )
