# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A hold brings the twin to rest within all limits, whatever the arm was doing."""

from __future__ import annotations

from arm_on_twin import ArmOnTwin, STEP
from franka_bridge.limits import ArmLimits
from franka_bridge.phase import Phase
import numpy as np
import pytest

CARTESIAN, JOINT = 'cartesian_impedance_controller', 'joint_impedance_controller'
LONGEST_STOP = 0.8  # [s]


def work(arm: ArmOnTwin, rng: np.random.Generator, steps: int) -> None:
    """Go at full speed in one direction."""
    way = rng.choice([-1.0, 1.0], arm.runner.spec.action_dim)
    for _ in range(steps):
        if arm.runner.phase is Phase.READY:
            arm.command(way)
        arm.pass_step()


@pytest.mark.parametrize(
    ('task', 'controller', 'robot_type'),
    [
        ('reach', CARTESIAN, 'fr3'),
        ('reach', CARTESIAN, 'fer'),
        ('reach', JOINT, 'fr3'),
        ('joint_reach', JOINT, 'fr3'),
        ('joint_reach', JOINT, 'fer'),
        ('reach', 'fr3_arm_controller', 'fr3'),
        ('joint_reach', 'fer_arm_controller', 'fer'),
    ],
)
def test_a_hold_at_any_moment_keeps_every_limit_and_leaves_the_arm_at_rest(
    task: str, controller: str, robot_type: str
) -> None:
    arm, rng = ArmOnTwin(task, controller, robot_type=robot_type), np.random.default_rng(0)
    for _ in range(5):
        arm.begin_episode()
        work(arm, rng, int(rng.integers(5, 40)))
        arm.exceeded()
        begin = arm.twin.time
        arm.runner.stand_still('told to stop')
        arm.rest()
        assert arm.twin.time - begin < LONGEST_STOP
        assert arm.speed < 0.05
        arm.twin.advance(0.5)
        assert np.abs(arm.twin.state().joint_velocities).max() < 0.05
        assert arm.exceeded() == {}


def test_a_hold_on_the_way_to_a_start_keeps_every_limit() -> None:
    arm, rng = ArmOnTwin('reach', CARTESIAN), np.random.default_rng(0)
    arm.begin_episode()
    for _ in range(5):
        work(arm, rng, 30)
        arm.runner.want_reset()
        for _ in range(int(rng.integers(1, 60))):
            arm.pass_step()
        arm.exceeded()
        arm.runner.stand_still('told to stop')
        arm.rest()
        assert arm.speed < 0.05
        assert arm.exceeded() == {}
        arm.begin_episode()
        assert arm.exceeded() == {}


def test_a_reset_at_full_speed_keeps_every_limit() -> None:
    arm, rng = ArmOnTwin('reach', CARTESIAN), np.random.default_rng(0)
    arm.begin_episode()
    for _ in range(5):
        work(arm, rng, int(rng.integers(5, 40)))
        arm.exceeded()
        arm.runner.want_reset()
        arm.begin_episode()
        assert arm.exceeded() == {}


def test_targets_that_come_all_at_once_after_an_outage_keep_every_limit() -> None:
    limits = ArmLimits()
    unseen = int(limits.hold_age / STEP) + 1  # steps that the bridge makes without a new state
    arm, rng = ArmOnTwin('reach', CARTESIAN), np.random.default_rng(0)
    arm.begin_episode()
    for _ in range(8):
        way = rng.choice([-1.0, 1.0], arm.runner.spec.action_dim)
        for _ in range(int(rng.integers(5, 30))):
            arm.command(way)
            arm.pass_step()
        for _ in range(unseen):
            arm.command(way)
            arm.runner.step_over(arm.twin.time)
        arm.pass_step()
        arm.runner.want_reset()
        for _ in range(int(rng.integers(3, 50))):
            arm.pass_step()
        for _ in range(unseen):
            arm.runner.step_over(arm.twin.time)
        arm.begin_episode()
        assert arm.exceeded() == {}


def test_an_arm_that_presses_gives_way_when_it_is_held() -> None:
    arm = ArmOnTwin('reach', CARTESIAN)
    arm.begin_episode()
    arm.twin.external.push(np.array([0.0, 0.0, 18.0, 0.0, 0.0, 0.0]))
    for _ in range(60):
        arm.command([0.0, 0.0, -1.0])
        arm.pass_step()
    ahead = arm.lead
    arm.runner.stand_still('told to stop')
    arm.rest()
    assert arm.lead < 0.5 * ahead
    assert arm.exceeded() == {}


def test_the_way_of_a_stop_is_its_own_and_begins_when_the_step_under_way_is_over() -> None:
    arm = ArmOnTwin('reach', CARTESIAN)
    arm.begin_episode()
    for _ in range(20):
        arm.command([0.0, 1.0, 0.0])
        arm.pass_step()
    arm.command([0.0, 1.0, 0.0])
    begin = arm.tool.copy()
    arm.runner.stand_still('told to stop')
    assert arm.runner.phase is Phase.STOPPING
    assert arm.observed[-1].truncated
    arm.rest()
    moved = arm.tool - begin
    assert 0.0 < moved[1] < 0.2 * STEP + 0.03
    assert np.abs(moved[[0, 2]]).max() < 0.003
