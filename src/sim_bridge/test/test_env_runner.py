# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with real environments: exactly-once steps, ends of episodes, seeds, bad input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from sim_bridge.env_runner import EnvRunner

from .commands import answer, rollout

PENDULUM_STEPS = 200


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def pendulum(reports: list[str]) -> Iterator[EnvRunner]:
    runner = EnvRunner('Pendulum-v1', report=reports.append)
    yield runner
    runner.close()


def test_spec_describes_the_environment() -> None:
    spec = EnvRunner('HalfCheetah-v5').spec
    assert (spec.env_id, spec.observation_dim, spec.action_dim) == ('HalfCheetah-v5', 17, 6)
    assert (spec.step_duration, spec.max_episode_steps) == (0.05, 1000)
    assert spec.action_low.tolist() == [-1.0] * 6
    assert spec.action_high.tolist() == [1.0] * 6


def test_each_start_has_its_own_session() -> None:
    sessions = {EnvRunner('Pendulum-v1').spec.bridge_session for _ in range(3)}
    assert len(sessions) == 3
    assert min(sessions) > 0


def test_an_id_without_version_is_resolved_and_reported(reports: list[str]) -> None:
    assert EnvRunner('Pendulum', report=reports.append).spec.env_id == 'Pendulum-v1'
    assert len(reports) == 1
    assert 'Using the latest versioned environment `Pendulum-v1`' in reports[0]
    assert '\x1b' not in reports[0]


def test_a_command_moves_the_environment_as_stepping_it_directly(pendulum: EnvRunner) -> None:
    environment = gymnasium.make('Pendulum-v1')
    derived = int(np.random.SeedSequence(0).generate_state(1)[0])
    state, _ = environment.reset(seed=derived)
    np.testing.assert_array_equal(pendulum.newest.observation, state)
    for torque in (-2.0, 0.5, 2.0):
        state, reward, *_ = environment.step(np.array([torque], np.float32))
        (observed,) = answer(pendulum, [torque])
        np.testing.assert_array_equal(observed.observation, state)
        assert observed.reward == pytest.approx(float(reward))


def test_steps_count_up_from_the_reset_observation(pendulum: EnvRunner) -> None:
    seen = rollout(pendulum, 3)
    assert [(each.episode_id, each.step) for each in seen] == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert pendulum.counts.steps == 3
    assert seen[0].reward == 0.0


def test_a_repeated_command_moves_nothing_and_is_answered_by_the_newest(
    pendulum: EnvRunner,
) -> None:
    (first,) = answer(pendulum, [1.0])
    assert answer(pendulum, [1.0], step=0) == (first,)
    assert pendulum.newest is first
    assert (pendulum.counts.steps, pendulum.counts.ignored_commands) == (1, 1)


@pytest.mark.parametrize(
    'foreign', [{'session': 1}, {'episode_id': 5}, {'step': 2}, {'step': 0, 'reset': True}]
)
def test_late_and_foreign_commands_are_ignored(
    pendulum: EnvRunner, foreign: dict[str, Any]
) -> None:
    (newest,) = answer(pendulum, [1.0])
    assert answer(pendulum, [1.0], **foreign) == (newest,)
    assert (pendulum.counts.steps, pendulum.counts.ignored_commands) == (1, 1)


def test_a_time_limit_truncates_and_the_last_observation_precedes_the_reset(
    pendulum: EnvRunner,
) -> None:
    seen = rollout(pendulum, PENDULUM_STEPS)
    last, first = seen[-2:]
    assert (last.episode_id, last.step) == (0, PENDULUM_STEPS)
    assert (last.terminated, last.truncated) == (False, True)
    assert (first.episode_id, first.step, first.reward) == (1, 0, 0.0)
    assert not first.truncated
    assert not np.array_equal(last.observation, first.observation)
    assert pendulum.newest is first
    assert pendulum.counts.episodes == 1


def test_a_fall_terminates_and_does_not_truncate() -> None:
    runner = EnvRunner('InvertedPendulum-v5')
    seen = rollout(runner, 100)
    ends = [each for each in seen if each.terminated or each.truncated]
    assert ends
    assert all(each.terminated and not each.truncated for each in ends)
    assert all(abs(float(each.observation[1])) > 0.2 for each in ends)


def test_the_command_that_ended_an_episode_does_not_step_the_next_one(pendulum: EnvRunner) -> None:
    rollout(pendulum, PENDULUM_STEPS)
    (repeated,) = answer(pendulum, [1.0], episode_id=0, step=PENDULUM_STEPS - 1)
    assert (repeated.episode_id, repeated.step) == (1, 0)
    assert pendulum.counts.steps == PENDULUM_STEPS


def test_a_reset_command_begins_a_new_episode_and_ignores_its_action(pendulum: EnvRunner) -> None:
    rollout(pendulum, 5)
    (first,) = answer(pendulum, [np.nan, 9.0], reset=True)
    assert (first.episode_id, first.step) == (1, 0)
    assert (pendulum.counts.steps, pendulum.counts.refused_actions) == (5, 0)


@pytest.mark.parametrize(
    ('action', 'fault'),
    [
        ([], 'must hold 1 numbers, got 0'),
        ([0.0, 0.0], 'must hold 1 numbers, got 2'),
        ([np.nan], 'number 0 must be in [-2, 2], got nan'),
        ([np.inf], 'number 0 must be in [-2, 2], got inf'),
        ([2.001], 'number 0 must be in [-2, 2], got 2.001'),
    ],
)
def test_a_bad_action_never_reaches_the_environment(
    pendulum: EnvRunner, reports: list[str], action: list[float], fault: str
) -> None:
    before = pendulum.newest
    assert answer(pendulum, action) == ()
    assert pendulum.newest is before
    assert (pendulum.counts.steps, pendulum.counts.refused_actions) == (0, 1)
    assert reports == [f'refused an action: {fault}']


def test_an_action_beside_the_bound_by_rounding_is_executed_at_the_bound() -> None:
    beside, at = EnvRunner('Pendulum-v1'), EnvRunner('Pendulum-v1')
    (observed,) = answer(beside, [np.nextafter(np.float32(2.0), np.float32(3.0))])
    (expected,) = answer(at, [2.0])
    np.testing.assert_array_equal(observed.observation, expected.observation)


@pytest.mark.parametrize('env_id', ['Pendulum-v1', 'HalfCheetah-v5', 'InvertedPendulum-v5'])
def test_the_same_seed_and_commands_give_the_same_run(env_id: str) -> None:
    runs = [rollout(EnvRunner(env_id, seed=3), 250) for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one.observation, other.observation)
        assert (one.reward, one.episode_id, one.step) == (
            other.reward,
            other.episode_id,
            other.step,
        )
    assert env_id == 'HalfCheetah-v5' or runs[0][-1].episode_id > 0  # later resets, too


def test_another_seed_gives_another_start() -> None:
    starts = {EnvRunner('Pendulum-v1', seed=seed).newest.observation[0] for seed in range(5)}
    assert len(starts) == 5


def test_later_episodes_start_elsewhere(pendulum: EnvRunner) -> None:
    starts = {pendulum.reset().observation[0] for _ in range(5)}
    assert len(starts) == 5


def test_observations_are_copies_in_float32() -> None:
    runner = EnvRunner('HalfCheetah-v5')
    first = runner.newest.observation
    kept = first.copy()
    rollout(runner, 3)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize('part', ['qpos', 'qvel'])  # MuJoCo: a NaN reward, a silent reset
def test_an_unstable_simulation_ends_the_episode_at_the_last_good_observation(
    reports: list[str], part: str
) -> None:
    runner = EnvRunner('HalfCheetah-v5', report=reports.append)
    good = rollout(runner, 3)[-1]
    simulation: Any = runner.environment.unwrapped
    getattr(simulation.data, part)[0] = np.nan
    (end,) = answer(runner, [0.0] * 6)
    assert (end.sequence_id, end.truncated, end.reward) == (good.sequence_id, True, good.reward)
    np.testing.assert_array_equal(end.observation, good.observation)
    assert runner.counts.unstable_steps == 1
    assert reports[0].startswith('MuJoCo: Nan, Inf or huge value')
    assert reports[1:] == ['simulation unstable: step 4 of episode 0 truncates the episode']
    (first,) = answer(runner, [0.0] * 6, reset=True)
    assert (first.episode_id, first.step) == (1, 0)
    (following,) = answer(runner, [0.0] * 6)
    assert not following.truncated


def test_mujoco_writes_no_log_file_and_no_known_warning(
    reports: list[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    EnvRunner('HalfCheetah-v5', report=reports.append)
    assert reports == []
    assert list(tmp_path.iterdir()) == []


def test_an_environment_needs_no_render_mode() -> None:
    class Plain(gymnasium.Env[Any, Any]):
        observation_space = gymnasium.spaces.Box(-1, 1, (1,))
        action_space = gymnasium.spaces.Box(-1, 1, (1,))

        def reset(self, **_: Any) -> Any:
            return np.zeros(1, np.float32), {}

    gymnasium.register('PlainOne-v0', Plain)
    assert EnvRunner('PlainOne-v0').spec.observation_dim == 1
    with pytest.raises(ValueError, match='render_mode'):
        EnvRunner('PlainOne-v0', render_mode='rgb_array')
