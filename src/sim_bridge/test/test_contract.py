# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Environments that break Gymnasium's contract: a batch of one is taken, the rest is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
import pytest
from sim_bridge.env_runner import EnvRunner, SimulationError

from .commands import answer

GOOD = (np.zeros(3), -1.0, False, False, {})


class Free(gymnasium.Env[Any, Any]):
    """An environment whose reset and step return what the test says."""

    observation_space: spaces.Space[Any] = spaces.Box(-10, 10, (3,), np.float32)
    action_space = spaces.Box(-1, 1, (2,), np.float32)

    def __init__(self, *, reset: Any = None, step: Any = GOOD, **attributes: Any) -> None:
        self.returns = (np.zeros(3), {}) if reset is None else reset, step
        for name, value in attributes.items():
            setattr(self, name, value)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.returns[0]

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action)
        return self.returns[1]


Opened = Callable[..., EnvRunner]


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture(params=[None, 9], ids=['bare', 'limited'])
def opened(request: pytest.FixtureRequest, reports: list[str]) -> Iterator[Opened]:
    """Register and open an environment; Gymnasium's own time limit unpacks what step returns."""

    def make(environment: type[Free] = Free, **options: Any) -> EnvRunner:
        gymnasium.register(
            'Free-v0', lambda **_: environment(**options), max_episode_steps=request.param
        )
        return EnvRunner('Free-v0', report=reports.append)

    yield make
    gymnasium.registry.pop('Free-v0', None)


def stepped(**changed: Any) -> tuple[Any, ...]:
    """What step returns, but for some of it."""
    names = ('observation', 'reward', 'terminated', 'truncated', 'info')
    return tuple(changed.get(name, good) for name, good in zip(names, GOOD, strict=True))


@pytest.mark.parametrize(
    'step',
    [
        stepped(reward=np.array([-1.0])),
        stepped(reward=np.array(-1.0, np.float32)),
        stepped(reward=-1),
        stepped(reward=[[-1.0]]),
        stepped(terminated=np.array([False]), truncated=np.array([[False]])),
        stepped(terminated=np.bool_(False), truncated=0),
        stepped(observation=np.zeros((1, 3))),
        stepped(observation=[0.0, 0.0, 0.0]),
        stepped(observation=np.zeros(3, np.int64)),
        stepped(info=None),
        list(GOOD),
    ],
)
def test_a_step_that_means_the_same_is_taken(opened: Opened, step: Any) -> None:
    (observed,) = answer(opened(step=step), [0.0, 0.0])
    assert (observed.step, observed.reward, observed.ends_episode) == (1, -1.0, False)
    assert observed.observation.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize('field', ['terminated', 'truncated'])
@pytest.mark.parametrize('value', [np.array([True]), np.bool_(True), 1, np.array([[1.0]])])
def test_an_end_in_an_array_of_one_is_an_end(opened: Opened, field: str, value: Any) -> None:
    end, first = answer(opened(step=stepped(**{field: value})), [0.0, 0.0])
    assert (end.terminated, end.truncated) == (field == 'terminated', field == 'truncated')
    assert (first.episode_id, first.step) == (1, 0)


@pytest.mark.parametrize(
    ('step', 'complaint'),
    [
        (GOOD[:4], 'step must return .*terminated, truncated, info.*, got 4 values, as the old'),
        ((*GOOD, 0), 'step must return .*, got 6 values'),
        (None, 'step must return .*, got None'),
        (np.zeros(5), r'step must return .*, got an array of shape \(5,\)'),
        (stepped(reward=None), 'reward must be numbers, got None'),
        (stepped(reward='-1.0'), "reward must be numbers, got '-1.0'"),
        (stepped(reward=np.zeros(2)), r'reward must be one number, got an array of shape \(2,\)'),
        (stepped(reward={}), 'reward must be numbers, got {}'),
        (stepped(terminated=None), 'terminated must be true or false, got None'),
        (stepped(truncated='no'), "truncated must be true or false, got 'no'"),
        (stepped(truncated=np.zeros(2, bool)), 'truncated must be true or false, got an array'),
        (stepped(terminated=0.5), r'terminated must be true or false, got 0\.5'),
        (stepped(observation=None), 'observation must be numbers, got None'),
        (stepped(observation='0 0 0'), "observation must be numbers, got '0 0 0'"),
        (stepped(observation=[[0.0], 1.0, 2.0]), 'observation must be numbers, got'),
        (stepped(observation=np.zeros(4)), r'observation must have shape \(3,\), got \(4,\)'),
        (stepped(observation=np.zeros((3, 1))), r'observation must have shape \(3,\), got'),
        (stepped(observation={'pose': 0.0}), "observation must be numbers, got {'pose': 0.0}"),
        (stepped(info=['late']), r"info must be a dict, got \['late'\]"),
        (stepped(info={'is_success': 'no'}), r"info\['is_success'\] must be numbers, got 'no'"),
    ],
)
def test_a_wrong_step_is_told_in_one_line_that_says_where(
    opened: Opened, step: Any, complaint: str
) -> None:
    runner = opened(step=step)
    with pytest.raises(
        SimulationError, match=f'^Free-v0: step 1 of episode 0: {complaint}'
    ) as error:
        answer(runner, [0.0, 0.0])
    assert '\n' not in str(error.value)
    assert error.value.__cause__ is None  # no traceback: no code of theirs failed


@pytest.mark.parametrize(
    ('reset', 'complaint'),
    [
        (np.zeros(3), r'reset must return \(observation, info\), got an array of shape \(3,\)'),
        (np.zeros(2), r'reset must return \(observation, info\), got an array of shape \(2,\)'),
        ('start', "reset must return .*, got 'start'"),
        ((np.zeros(3), {}, 0), r'reset must return .*, got 3 values'),
        ((np.zeros(3), 0.0), r'info must be a dict, got 0\.0'),
        (('start', {}), "observation must be numbers, got 'start'"),
        ((None, {}), 'observation must be numbers, got None'),
        ((np.zeros((2, 3)), {}), r'observation must have shape \(3,\), got \(2, 3\)'),
    ],
)
def test_a_wrong_reset_is_told_in_one_line(opened: Opened, reset: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=f'^Free-v0: reset: {complaint}') as error:
        opened(reset=reset)
    assert '\n' not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize('reset', [(np.zeros((1, 3)), {}), ([0, 0, 0], None)])
def test_a_reset_that_means_the_same_is_taken(opened: Opened, reset: Any) -> None:
    assert opened(reset=reset).newest.observation.tolist() == [0.0, 0.0, 0.0]


def test_entries_of_a_dict_are_checked_by_name(opened: Opened) -> None:
    space = spaces.Dict({'arm': spaces.Dict({'pose': spaces.Box(-1, 1, (2,))})})
    good = {'arm': {'pose': np.zeros((1, 2))}}
    for state, complaint in (
        ({'arm': {'pose': np.zeros(3)}}, r"observation['arm']['pose'] must have shape (2,)"),
        ({'arm': {}}, r"observation['arm'] must have the entry 'pose', got []"),
        ({'arm': 1.0}, r"observation['arm'] must be a dict, got 1.0"),
        (np.zeros(2), 'observation must be a dict, got an array of shape (2,)'),
    ):
        runner = opened(observation_space=space, reset=(good, {}), step=stepped(observation=state))
        with pytest.raises(SimulationError) as error:
            answer(runner, [0.0, 0.0])
        assert complaint in str(error.value)


def test_spaces_with_a_leading_one_are_those_of_a_batch_of_one(opened: Opened) -> None:
    batch = spaces.Box(-1, 1, (1, 2), np.float32)
    runner = opened(
        action_space=batch,
        observation_space=spaces.Box(-10, 10, (1, 3)),
        reset=(np.zeros((1, 3)), {}),
    )
    assert (runner.spec.observation_dim, runner.spec.action_dim) == (3, 2)
    (observed,) = answer(runner, [0.5, -0.5])
    assert observed.observation.shape == (3,)


class OldReset(Free):
    def reset(self) -> Any:  # type: ignore[override]
        return np.zeros(3), {}


class NoAction(Free):
    def step(self) -> Any:  # type: ignore[override]
        return GOOD


@pytest.mark.parametrize(
    ('environment', 'complaint'),
    [
        (OldReset, r"reset\(self, \*, seed=None, options=None\), but got an unexpected .*'seed'"),
        (NoAction, r'it must have step\(self, action\), but too many positional arguments'),
    ],
)
def test_methods_of_another_form_are_told_before_the_first_reset(
    opened: Opened, environment: type[Free], complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"^env_id 'Free-v0': .*{complaint}"):
        opened(environment)


@pytest.mark.parametrize('name', ['observation_space', 'action_space'])
def test_a_space_that_is_none_is_named(opened: Opened, name: str) -> None:
    with pytest.raises(ValueError, match=f'{name} must be a space of Gymnasium, got None'):
        opened(**{name: None})


@pytest.mark.parametrize(
    ('attributes', 'duration', 'warns'),
    [
        ({'dt': np.float32(0.05)}, 0.05, False),
        ({'dt': 1}, 1.0, False),
        ({'dt': None, 'metadata': {'render_fps': np.int64(20)}}, 0.05, False),
        ({'dt': None, 'metadata': {'render_fps': '20'}}, 0.02, True),
        ({'metadata': {'render_fps': -20}}, 0.02, True),
        ({'dt': -0.05, 'metadata': {}}, 0.02, True),
        ({'metadata': None}, 0.02, False),
    ],
)
def test_the_duration_of_a_step_is_a_number_or_told(
    opened: Opened, reports: list[str], attributes: Any, duration: float, warns: bool
) -> None:
    assert opened(**attributes).spec.step_duration == pytest.approx(duration)
    assert len(reports) == warns
    assert not warns or 'must be a number above 0, got' in reports[0]


class Failing(Free):
    def step(self, action: Any) -> Any:
        raise ValueError('motor 3\nis on fire')


def test_what_their_own_code_raises_keeps_its_traceback(opened: Opened) -> None:
    with pytest.raises(SimulationError, match=r'in step 1 of .*: ValueError: motor 3 is') as error:
        answer(opened(Failing), [0.0, 0.0])
    assert isinstance(error.value.__cause__, ValueError)


class NotBuilt(Free):
    def __init__(self, **_: Any) -> None:
        raise OSError('no camera')


def test_what_a_constructor_raises_keeps_its_traceback(opened: Opened) -> None:
    with pytest.raises(ValueError, match=r"^env_id 'Free-v0': no camera$") as error:
        opened(NotBuilt)
    assert isinstance(error.value.__cause__, OSError)
