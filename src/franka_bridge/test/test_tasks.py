# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every task keeps: its layout, its ranges, its ends; and what makes a bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from franka_bridge.kinematics import JOINT_RANGES
from franka_bridge.tasks.catalog import find_task, known_tasks, make_task, read_numbers
from franka_bridge.tasks.task import Task
import numpy as np
import pytest

from .arm_states import arm_at, begin, judged, seen_by


@pytest.fixture(params=[(name, robot) for name in sorted(known_tasks()) for robot in JOINT_RANGES])
def task(request: pytest.FixtureRequest) -> Task:
    name, robot_type = request.param
    return make_task(name, robot_type)


@pytest.fixture
def robot_type(request: pytest.FixtureRequest, task: Task) -> str:
    return str(request.node.callspec.params['task'][1])


def test_observations_are_as_long_as_their_layout_says(task: Task) -> None:
    rng = np.random.default_rng(0)
    state = arm_at(task.reset_goal(rng))
    begin(task, state, rng)
    observation = seen_by(task, state)
    assert observation.shape == (task.observation_dim,)
    assert observation.dtype == np.float32


def test_a_displacement_has_the_form_of_its_motion(task: Task) -> None:
    rng = np.random.default_rng(0)
    state = arm_at(task.reset_goal(rng))
    begin(task, state, rng)
    seen_by(task, state)
    largest = task.displacement(np.ones(task.action_dim, np.float32))
    assert largest.shape == ({'cartesian': 6, 'joint': 7}[task.motion],)
    np.testing.assert_allclose(task.displacement(np.zeros(task.action_dim, np.float32)), 0.0)
    opposite = task.displacement(-np.ones(task.action_dim, np.float32))
    np.testing.assert_allclose(opposite, -largest, atol=1e-9)


def test_episodes_begin_within_the_ranges_of_the_arm(task: Task, robot_type: str) -> None:
    low, high = JOINT_RANGES[robot_type]
    rng = np.random.default_rng(0)
    starts = np.array([task.reset_goal(rng) for _ in range(30)])
    assert ((starts > low + 0.1) & (starts < high - 0.1)).all()
    assert (np.ptp(starts, axis=0) > 0).any()
    assert arm_at(starts[0]).tcp_position[2] > 0.1


def test_an_arm_that_stands_still_earns_nothing(task: Task) -> None:
    rng = np.random.default_rng(0)
    state = arm_at(task.reset_goal(rng))
    begin(task, state, rng)
    result = judged(task, state, np.zeros(task.action_dim, np.float32))
    assert result.reward == pytest.approx(0.0, abs=1e-9)
    assert not result.terminated
    assert not result.success


def test_the_same_generator_draws_the_same_episodes(task: Task) -> None:
    observations = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        state = arm_at(task.reset_goal(rng))
        begin(task, state, rng)
        observations.append(seen_by(task, state))
    np.testing.assert_array_equal(*observations)


def test_a_task_keeps_no_hold_of_what_it_observed(task: Task) -> None:
    rng = np.random.default_rng(0)
    state = arm_at(task.reset_goal(rng))
    begin(task, state, rng)
    first = seen_by(task, state)
    kept = first.copy()
    seen_by(task, arm_at(task.reset_goal(rng)))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ('name', 'robot_type', 'numbers', 'message'),
    [
        ('fly', 'fr3', {}, "task must be one of .*, got 'fly'"),
        ('reach', 'ur5', {}, "robot_type must be one of .*, got 'ur5'"),
        ('reach', 'fr3', {'speed': 1.0}, 'speed is no number of task reach'),
        ('reach', 'fr3', {'step_length': -1.0}, 'step_length must be in .*, got -1.0'),
        ('reach', 'fr3', {'goal_low': (0.1,)}, r'goal_low must be 3 numbers, got \(0.1,\)'),
        ('reach', 'fr3', {'goal_low': (0.9, 0.0, 0.2)}, 'goal_low must not be above goal_high'),
        ('reach', 'fr3', {'start': (1.0, 1.0, 1.0)}, 'no joint positions of fr3 reach'),
        ('peg_insert', 'fer', {'seat': (0.5, 0.0)}, 'seat must be 3 numbers'),
        ('joint_reach', 'fer', {'middle': (0.5, 0.0)}, 'middle must be 3 numbers'),
        ('joint_reach', 'fer', {'middle': (0.7, 0.0, 0.3)}, 'middle must be between tool_low'),
        ('joint_reach', 'fer', {'success_angle': 0.0}, 'success_angle must be in'),
    ],
)
def test_a_wrong_number_is_refused_with_its_name(
    name: str, robot_type: str, numbers: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_task(name, robot_type, **numbers)


def test_numbers_are_read_as_a_parameter_has_them() -> None:
    text = 'max_episode_steps=20; success_distance = 0.05; goal_low=0.4, -0.1, 0.2;'
    numbers = read_numbers('reach', text)
    assert numbers == {
        'max_episode_steps': 20,
        'success_distance': 0.05,
        'goal_low': (0.4, -0.1, 0.2),
    }
    assert make_task('reach', 'fr3', **numbers).max_episode_steps == 20


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('success_distance=0.1; speed=1', 'speed is no number of task reach'),
        ('max_episode_steps = 1.5', "task_numbers must be .*, got 'max_episode_steps = 1.5'"),
        ('goal_low', "task_numbers must be NAME=VALUE; ..., got 'goal_low'"),
    ],
)
def test_a_number_that_says_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_numbers('reach', text)


def test_a_task_outside_of_this_package_is_found_by_module_and_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'slow_tasks.py').write_text(
        'from franka_bridge.tasks.reach import Reach\n\n\nclass SlowReach(Reach):\n    pass\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    task = make_task('slow_tasks:SlowReach', 'fr3', max_episode_steps=30)
    assert type(task).__name__ == 'SlowReach'
    assert task.max_episode_steps == 30


def test_a_task_of_an_installed_package_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / 'other_tasks-1.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: other-tasks\nVersion: 1.0\n')
    (info / 'entry_points.txt').write_text('[sac.tasks]\nother = other_tasks:Other\n')
    (tmp_path / 'other_tasks.py').write_text(
        'from franka_bridge.tasks.joint_reach import JointReach\n\n\n'
        'class Other(JointReach):\n    pass\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_task('other').motion == 'joint'
    assert 'other' in known_tasks()


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('no_such_module:Task', "task 'no_such_module:Task' cannot be imported: No module named"),
        ('math:pi', "task 'math:pi' must be a subclass of Task, got 3.14"),
    ],
)
def test_what_is_no_task_is_refused(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_task(name)
