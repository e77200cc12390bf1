# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Lockstep on real topics: a step needs its request and its target, in any order, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
import numpy as np
from panda_sim.lockstep import Lockstep, Request
from panda_sim.real_time import Every, RealTimeTicks
from panda_sim.ros import driver_topics as topics
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sac_core.ros.testing import Spinner
from sensor_msgs.msg import JointState
from std_msgs.msg import UInt64

from .driver_client import DriverClient

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]

STEP = 20_000_000  # ns
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.mark.parametrize('target_first', [True, False])
def test_a_step_needs_both_its_request_and_its_target(target_first: bool) -> None:
    lockstep = Lockstep(0.02)
    parts = [lambda: lockstep.target(0), lambda: lockstep.request(1)]
    first, second = parts if target_first else parts[::-1]
    assert first() is Request.WAIT
    assert second() is Request.SIMULATE


def test_a_target_of_the_step_before_does_not_do() -> None:
    lockstep = Lockstep(0.02)
    lockstep.target(0)
    lockstep.request(1)
    lockstep.simulated()
    assert lockstep.stamp == STEP
    assert lockstep.request(2) is Request.WAIT
    assert lockstep.target(STEP - 1) is Request.WAIT
    assert lockstep.target(STEP) is Request.SIMULATE


@pytest.mark.parametrize('order', [('pose', 'joints'), ('joints', 'pose')])
def test_a_step_waits_for_the_targets_of_every_topic_that_somebody_speaks_on(
    order: tuple[str, str],
) -> None:
    speaking = {'pose', 'joints'}
    lockstep = Lockstep(0.02, lambda: speaking)
    lockstep.request(1)
    assert lockstep.target(0, order[0]) is Request.WAIT
    assert lockstep.target(0, order[1]) is Request.SIMULATE
    lockstep.simulated()
    lockstep.request(2)
    speaking.remove(order[1])  # it has gone
    assert lockstep.target(STEP, order[0]) is Request.SIMULATE


def test_a_topic_on_which_nobody_speaks_holds_up_a_step_only_until_it_is_asked_for_again() -> None:
    lockstep = Lockstep(0.02, lambda: {'pose', 'silent'})
    lockstep.target(0, 'pose')
    assert lockstep.request(1) is Request.WAIT
    assert lockstep.request(1) is Request.SIMULATE
    lockstep.simulated()
    lockstep.request(2)
    assert lockstep.request(2) is Request.WAIT  # there is no target at all


@pytest.mark.parametrize('tick', [0, 2, 7])
def test_any_other_number_asks_for_the_state_again(tick: int) -> None:
    lockstep = Lockstep(0.02)
    lockstep.target(0)
    assert lockstep.request(tick) is Request.REPEAT
    assert lockstep.tick == 0


def test_real_time_does_not_drift_and_gives_up_what_it_cannot_catch_up() -> None:
    pace = RealTimeTicks(0)
    nows = np.sort(np.random.default_rng(0).integers(0, 1_000_000_000, 300))
    assert sum(pace.due(int(now)) for now in nows) == int(nows[-1]) // 1_000_000
    assert pace.due(3_000_000_000) == 100
    assert pace.lost == 1900 + (1000 - int(nows[-1]) // 1_000_000)
    assert pace.due(3_001_000_000) == 1


def test_a_topic_is_due_once_per_period_however_time_advances() -> None:
    every = Every(200.0)
    assert [every.is_due(tick) for tick in (0, 1, 5, 9, 23, 24)] == [1, 0, 1, 0, 1, 0]


class Steps:
    """Sends requests and targets, and keeps the stamps of what comes back."""

    def __init__(self, client: DriverClient) -> None:
        self.client, self.spinner = client, client.spinner
        self.advance = client.node.create_publisher(UInt64, 'panda_sim/advance', 10)
        self.joints: list[JointState] = client.spinner.collect(
            client.node, JointState, topics.JOINT_STATES, topics.RELIABLE
        )
        self.poses: list[PoseStamped] = client.spinner.collect(
            client.node, PoseStamped, topics.CURRENT_POSE, BEST_EFFORT
        )
        self.spinner.until(self.advance.get_subscription_count)
        self.spinner.until(client.poses.get_subscription_count)
        self.request(0)

    def request(self, tick: int) -> PoseStamped:
        """Ask until both parts of the answer are there; return the pose."""
        self.joints.clear()
        self.poses.clear()

        def answers(messages: list[Any]) -> list[Any]:
            return [message for message in messages if stamp(message) == tick * STEP]

        for _ in range(20):
            self.advance.publish(UInt64(data=tick))
            try:
                self.spinner.until(
                    lambda: answers(self.joints) and answers(self.poses), timeout=1.0
                )
            except TimeoutError:
                continue  # a best-effort part was lost, or the peers have not met yet
            return answers(self.poses)[-1]
        raise TimeoutError(f'no answer to {tick}')

    def target(self, pose: PoseStamped, y: float, tick: int) -> None:
        target = PoseStamped(pose=pose.pose)
        target.header.stamp = Time(nanosec=tick * STEP)
        target.pose.position.y = y
        self.client.poses.publish(target)


@pytest.fixture
def steps() -> Iterator[Steps]:
    with Spinner() as spinner:
        client = DriverClient(spinner, lockstep=True, seed=2)
        yield Steps(client)
        client.close()


def stamp(message: JointState | PoseStamped) -> int:
    return int(message.header.stamp.sec) * 1_000_000_000 + int(message.header.stamp.nanosec)


def test_each_step_answers_with_its_stamp_and_time_stands_still_between(steps: Steps) -> None:
    pose = steps.request(0)
    y = pose.pose.position.y
    ys = [y]
    for tick in range(1, 21):
        steps.target(pose, y + 0.002 * tick, tick - 1)
        pose = steps.request(tick)
        ys.append(pose.pose.position.y)
    assert all(later >= earlier - 1e-4 for earlier, later in pairwise(ys))
    assert ys[-1] > ys[0] + 0.015
    steps.spinner.spin_for(0.2)
    assert steps.client.sim.twin.time == pytest.approx(20 * 0.02)


def test_a_repeated_request_repeats_the_state_without_a_step(steps: Steps) -> None:
    pose = steps.request(0)
    steps.target(pose, pose.pose.position.y, 0)
    first = steps.request(1)
    again = steps.request(1)
    assert first.pose == again.pose
    assert steps.client.sim.twin.time == pytest.approx(0.02)


def test_a_request_without_a_new_target_waits(steps: Steps) -> None:
    pose = steps.request(0)
    steps.advance.publish(UInt64(data=1))
    steps.spinner.spin_for(0.2)
    assert steps.client.sim.twin.time == 0.0
    steps.target(pose, pose.pose.position.y, 0)
    steps.spinner.until(lambda: any(stamp(joints) == STEP for joints in steps.joints))
