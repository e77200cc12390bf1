# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with environments of all kinds: those that will do, and those that it refuses."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
import pytest
from sim_bridge.env_runner import EnvRunner, SimulationError

from .commands import answer


class Custom(gymnasium.Env[Any, Any]):
    """An environment whose spaces, success and failures the test chooses."""

    def __init__(
        self,
        observations: spaces.Space[Any] | None = None,
        actions: spaces.Space[Any] | None = None,
        *,
        info: dict[str, Any] | None = None,
        state: Any = None,
        start: Any = None,
        failing: bool = False,
    ) -> None:
        self.observation_space = observations or spaces.Box(-1.0, 1.0, (2,))
        self.action_space = actions or spaces.Box(-1.0, 1.0, (1,))
        self._info = info or {}
        self._state = state
        self._start = start
        self._failing = failing

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self.observation_space.sample() if self._start is None else self._start, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        if self._failing:
            raise KeyError('joint')
        state = self.observation_space.sample() if self._state is None else self._state
        return state, 1.0, False, False, self._info


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Any:
    def custom(**options: Any) -> str:
        gymnasium.register('Custom-v0', lambda **_: Custom(**options), max_episode_steps=9)
        return 'Custom-v0'

    yield custom
    gymnasium.registry.pop('Custom-v0', None)


@pytest.mark.parametrize('bad', [np.nan, np.inf, 1e300, -1.1e8])
def test_a_step_with_a_number_that_no_robot_has_is_not_made_up(register: Any, bad: float) -> None:
    reports: list[str] = []
    runner = EnvRunner(register(state=np.array([0.0, bad])), report=reports.append)
    start = runner.newest
    (end,) = answer(runner, [0.0])
    assert (end.sequence_id, end.truncated, end.reward) == (start.sequence_id, True, 0.0)
    np.testing.assert_array_equal(end.observation, start.observation)
    (line,) = reports
    assert 'in step 1 of episode 0 observation[1] is' in line
    assert 'unstable' not in line
    assert (runner.counts.unusable_steps, runner.counts.unstable_steps) == (1, 0)
    assert answer(runner, [0.0]) == (end,)  # only a reset moves it
    (first,) = answer(runner, [0.0], reset=True)
    assert (first.episode_id, first.step) == (1, 0)


def test_an_entry_is_named_in_the_words_of_its_environment(register: Any) -> None:
    entries = {'pose': spaces.Box(-1, 1, (2, 3)), 'scan': spaces.Box(0, np.inf, (4,))}
    state = {'pose': np.zeros((2, 3)), 'scan': np.array([1.0, 2.0, np.inf, 4.0])}
    reports: list[str] = []
    runner = EnvRunner(
        register(observations=spaces.Dict(entries), state=state), report=reports.append
    )
    answer(runner, [0.0])
    assert "observation['scan'][2] is inf" in reports[0]


def test_a_sensor_that_never_works_ends_the_run(register: Any) -> None:
    runner = EnvRunner(register(state=np.array([0.0, np.nan])), report=lambda _: None)
    for _ in range(19):
        answer(runner, [0.0])
        answer(runner, [0.0], reset=True)
    with pytest.raises(SimulationError, match=r'20 episodes in a row were cut off'):
        answer(runner, [0.0])


@pytest.mark.parametrize('bad', [np.nan, np.inf, 1.7e9])
def test_an_observation_after_reset_that_no_robot_has_is_refused(
    register: Any, bad: float
) -> None:
    with pytest.raises(ValueError, match=r'Custom-v0: after reset observation\[1\] is .*1e\+08'):
        EnvRunner(register(start=np.array([0.0, bad])))


@pytest.mark.parametrize('key', ['is_success', 'success'])
def test_success_is_read_from_the_info(register: Any, key: str) -> None:
    runner = EnvRunner(register(info={key: np.bool_(True)}))
    (observed,) = answer(runner, [0.0])
    assert observed.success is True


def test_an_environment_without_success_has_none(register: Any) -> None:
    (observed,) = answer(EnvRunner(register()), [0.0])
    assert observed.success is False


def test_dict_observations_are_flattened(register: Any) -> None:
    state = spaces.Dict({'joints': spaces.Box(-1, 1, (3, 2)), 'goal': spaces.Box(-1, 1, (2,))})
    runner = EnvRunner(register(observations=state))
    assert runner.spec.observation_dim == 8
    (observed,) = answer(runner, [0.0])
    assert observed.observation.shape == (8,)


def test_float64_actions_stay_within_the_environments_own_bounds(register: Any) -> None:
    runner = EnvRunner(register(actions=spaces.Box(-0.1, 0.1, (1,), np.float64)))
    assert answer(runner, runner.spec.action_high)  # 0.1 in float32 is above 0.1 in float64


def test_without_a_duration_a_step_is_that_of_a_50_hz_loop(register: Any) -> None:
    spec = EnvRunner(register()).spec
    assert (spec.step_duration, spec.max_episode_steps) == (0.02, 9)


def test_an_environment_that_raises_is_reported_with_the_step(register: Any) -> None:
    runner = EnvRunner(register(failing=True))
    with pytest.raises(SimulationError, match=r"failed in step 1 of .*: KeyError: 'joint'"):
        answer(runner, [0.0])


@pytest.mark.parametrize(
    ('options', 'complaint'),
    [
        ({'observations': spaces.Discrete(4)}, 'observations must be a flat Box or a Dict, not'),
        ({'observations': spaces.Box(0, 255, (8, 8, 3))}, 'observations must be a flat Box'),
        (
            {'observations': spaces.Dict({'words': spaces.Sequence(spaces.Discrete(3))})},
            r"observation\['words'\] cannot be flattened",
        ),
        (
            {
                'observations': spaces.Dict(
                    {'pose': spaces.Box(-1, 1, (4,)), 'camera': spaces.Box(0, 255, (84, 84, 3))}
                )
            },
            r"at most 4096 numbers, got 21172: observation\['camera'\] has shape \(84, 84, 3\)",
        ),
        ({'actions': spaces.Discrete(2)}, r'actions must be a flat Box, not Discrete\(2\)'),
        ({'actions': spaces.Box(-1, 1, (2, 2))}, 'actions must be a flat Box, not'),
        ({'actions': spaces.Box(0, 9, (2,), np.int64)}, 'actions must be real numbers, not'),
        ({'actions': spaces.Box(-np.inf, 1, (2,))}, 'actions must have finite bounds, not'),
        ({'actions': spaces.Box(1, 1, (1,))}, 'action_low must be below action_high'),
    ],
)
def test_an_environment_that_does_not_suit_a_robot_is_refused(
    register: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        EnvRunner(register(**options))


@pytest.mark.parametrize(
    ('env_id', 'complaint'),
    [
        ('halfcheetah-v5', 'Did you mean: `HalfCheetah`'),
        ('HalfCheetah-v9', r'versioned environments: \[ `v2`, `v3`, `v4`, `v5` \]'),
        ('no_such_module:Robot-v0', "No module named 'no_such_module'.*those of PYTHONPATH"),
        ('Robot-v0', 'Environment `Robot` doesn.t exist.*is given as MODULE:ID'),
        ('Nowhere/Robot-v0', 'Namespace Nowhere not found'),
        ('two words', 'Malformed environment ID'),
        ('', 'Malformed environment ID'),
        ('CartPole-v1', r'actions must be a flat Box, not Discrete\(2\)'),
    ],
)
def test_an_environment_that_does_not_exist_is_refused_in_one_line(
    env_id: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        EnvRunner(env_id)
    assert str(raised.value).startswith(f'env_id {env_id!r}: ')
    assert '\n' not in str(raised.value)
