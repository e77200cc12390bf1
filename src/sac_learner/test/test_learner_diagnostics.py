# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the learner shows on /diagnostics of its training and of what arrives."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from sac_core.ros import names, qos
from sac_learner.learner_node import LearnerNode

from .world import World

pytestmark = pytest.mark.timeout(60)


def test_training_storage_and_what_got_lost_are_shown(
    world: World, start: Callable[..., LearnerNode]
) -> None:
    arrays: list[DiagnosticArray] = world.spinner.collect(
        world.node, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status
    )

    def shown(part: str, message: str, level: bytes) -> bool:
        statuses = [each for array in arrays for each in array.status]
        found = [each for each in statuses if each.name == f'learner: {part}']
        return any(each.level == level and message in each.message for each in found)

    start()
    world.until(lambda: shown('training', 'waiting: env_spec', DiagnosticStatus.OK))
    world.publish_robot()
    world.until_ready()
    world.send(0, 10)
    world.until(lambda: world.acknowledged() == 10)
    assert shown('storage', 'all arrives', DiagnosticStatus.OK)
    message = world.message(10, 10)
    message.count = 11
    world.transitions.publish(message)
    world.until(lambda: shown('storage', '1 batches refused', DiagnosticStatus.WARN))
    world.send(30, 10, oldest=25)
    world.until(
        lambda: shown('storage', '15 transitions are lost for good', DiagnosticStatus.WARN)
    )
