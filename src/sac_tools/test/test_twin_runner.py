# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A policy of an arm runs on the arm's twin in this process, as its run was configured."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest
from sac_actor.policy_environment import parameters_of_policy
from sac_core.spaces import RobotSpec
from sac_core.time_step import TimeStep
from sac_tools.arm.twin_runner import TwinRunner
from sac_tools.evaluation import run_episodes
import yaml

from .recorded import architecture, make_checkpoint, random_weights

REACH = RobotSpec(
    env_id='franka/reach',
    observation_dim=26,
    action_dim=3,
    action_low=np.full(3, -1.0, np.float32),
    action_high=np.ones(3, np.float32),
    step_duration=0.02,
    max_episode_steps=150,
)
SHORT = {'franka_bridge': {'task': 'reach', 'task_numbers': 'max_episode_steps=5'}}


def move(runner: TwinRunner, *action: float) -> TimeStep:
    session, episode_id, step = runner.newest.sequence_id
    observed = runner.execute(
        np.array(action, np.float32), session=session, episode_id=episode_id, step=step
    )
    assert observed is not None
    return observed


def test_the_tool_goes_where_the_actions_point_and_episodes_follow_each_other() -> None:
    runner = TwinRunner('reach', SHORT['franka_bridge'], seed=3)
    assert runner.spec.env_id == 'franka/reach'
    before = runner.newest.observation[:3]
    for step in range(1, 5):
        answer = move(runner, 1.0, 0.0, 0.0)
        assert (answer.step, answer.ends_episode) == (step, False)
    assert answer.observation[0] > before[0] + 0.002
    last, first = move(runner, 1.0, 0.0, 0.0), runner.reset()
    assert (last.step, last.truncated) == (5, True)
    assert (first.episode_id, first.step) == (last.episode_id + 1, 0)


def test_an_episode_ends_by_a_push_and_the_next_one_begins_after_the_recovery() -> None:
    runner = TwinRunner('reach', {}, seed=3)
    move(runner, 0.0, 0.0, 0.0)
    twin = runner.twin
    twin.external.push(np.array([0.0, 0.0, -80.0, 0.0, 0.0, 0.0]))
    twin.advance(0.03)
    twin.external.push(None)
    assert twin.robot.current_errors, 'the push was no reflex'
    last, first = move(runner, 0.0, 0.0, 0.0), runner.reset()
    assert (last.truncated, last.terminated) == (True, False)
    assert first.step == 0
    assert not twin.robot.current_errors
    assert move(runner, 0.0, 0.0, 0.0).step == 1


def test_the_same_seed_gives_the_same_episodes() -> None:
    weights = random_weights(architecture(REACH), 3, REACH.env_id)
    first, second = (
        list(run_episodes(weights, episodes=2, seed=7, parameters=SHORT)) for _ in range(2)
    )
    assert first == second
    assert [each.length for each in first] == [5, 5]


def test_the_parameters_of_the_run_count(tmp_path: Path) -> None:
    run = tmp_path / 'run'
    checkpoint = make_checkpoint(run / 'checkpoints', robot=REACH)
    assert parameters_of_policy(checkpoint) == {}
    (run / 'run.yaml').write_text(yaml.safe_dump({'parameters': SHORT}))
    assert parameters_of_policy(checkpoint) == SHORT
    command = [sys.executable, '-c', 'from sac_tools.main import main; main()']
    ended = subprocess.run(
        [*command, 'eval', str(checkpoint), '--episodes', '1', '--json'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout)['episodes'][0]['length'] == 5
    (run / 'run.yaml').write_text('parameters: 3')
    with pytest.raises(ValueError, match=r'run\.yaml'):
        parameters_of_policy(checkpoint)


@pytest.mark.parametrize(
    ('task', 'parameters', 'reason'),
    [
        ('juggle', {}, 'task must be one of'),
        ('reach', {'task': 'reach', 'task_numbers': 'speed=3'}, 'speed is no number of task'),
        ('reach', {'max_force': 1e6}, r'max_force must be in \[1, 200\]'),
    ],
)
def test_what_the_twin_cannot_do_is_refused(
    task: str, parameters: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        TwinRunner(task, parameters, seed=0)


def test_numbers_of_another_task_do_not_count() -> None:
    runner = TwinRunner('joint_reach', SHORT['franka_bridge'], seed=0)
    assert runner.spec.action_dim == 7
    assert runner.spec.max_episode_steps > 5


def test_an_arm_that_hangs_reaches_points_of_its_world_by_actions_of_its_world() -> None:
    parameters = {
        'task': 'reach',
        'base_position': [0.0, 0.0, 1.2],
        'base_orientation': [1.0, 0.0, 0.0, 0.0],
        'task_numbers': 'start=0.45,0,0.45; goal_low=0.35,-0.2,0.35; goal_high=0.55,0.2,0.55',
        'box_low': [0.25, -0.35, 0.2],
        'box_high': [0.65, 0.35, 0.7],
    }
    runner = TwinRunner('reach', parameters, seed=3)
    last = runner.newest
    while not (last.terminated or last.truncated):
        way = last.observation[20:23] / 0.004
        answer = runner.execute(
            np.clip(way, -1.0, 1.0),
            session=runner.spec.bridge_session,
            episode_id=last.episode_id,
            step=last.step,
        )
        assert answer is not None
        last = answer
    assert last.success


@pytest.mark.drawing
def test_the_arm_and_its_goal_are_filmed() -> None:
    runner = TwinRunner('reach', {}, seed=3)
    picture = runner.render().astype(int)
    runner.close()
    green = picture[:, :, 1] - np.maximum(picture[:, :, 0], picture[:, :, 2])
    assert picture.shape == (480, 640, 3)
    assert picture.std() > 10
    assert (green > 40).sum() > 10
