# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the learner shows on /diagnostics of its training and of what arrives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
import math

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from sac_core.diagnostics import Level, Status
from sac_core.ros import names, qos
from sac_interfaces import msg
from sac_learner.algorithms.sac.algorithm import Sac
from sac_learner.config import SacConfig
from sac_learner.learner_node import LearnerNode
from sac_learner.ros.training_report import TrainingReport

from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


def test_a_temperature_that_runs_away_is_told_once_with_the_remedy(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    spinner, node = world.spinner, world.spinner.node('learner')
    arrays = spinner.collect(node, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status)
    config = SacConfig(target_entropy_per_dim=0.689, temperature_lr=0.2)
    report = TrainingReport(node, partial(Sac.warning, config), max_debt_steps=10)

    def warned() -> list[str]:
        statuses = [each for array in arrays for each in array.status]
        return [each.message for each in statuses if each.level == DiagnosticStatus.WARN]

    inputs = Status('inputs', 'all well', Level.OK, {})
    for temperature in (0.5, math.nan, 2e4, 1e8):
        values = [temperature, 1.25]
        status = msg.LearnerStatus(metric_names=['temperature', 'entropy'], metric_values=values)
        report.publish(status, inputs)
    spinner.until(lambda: len(warned()) == 2)
    assert 'the temperature has grown to 2e+04' in warned()[0]
    (line,) = (line for line in capfd.readouterr().err.splitlines() if 'temperature' in line)
    assert 'the entropy, 1.25, stays below its target' in line
    assert line.endswith('lower target_entropy_per_dim (0.689) or temperature_lr (0.2)')


def test_what_the_algorithm_reports_is_shown_under_its_own_name(world: World) -> None:
    spinner, node = world.spinner, world.spinner.node('learner')
    arrays = spinner.collect(node, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status)
    report = TrainingReport(node, partial(Sac.warning, SacConfig()), max_debt_steps=10)
    status = msg.LearnerStatus(metric_names=['td_error', 'q_mean'], metric_values=[0.25, 3.0])
    report.publish(status, Status('inputs', 'all well', Level.OK, {}))
    spinner.until(lambda: arrays)
    (training,) = (each for each in arrays[0].status if each.name == 'learner: training')
    values = {each.key: each.value for each in training.values}
    assert (values['td_error'], values['q_mean'], values['steps_owed']) == ('0.25', '3', '0')


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
