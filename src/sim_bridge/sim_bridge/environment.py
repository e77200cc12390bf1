# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Opens a Gymnasium environment that can stand in for a robot, and says why another cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
import re
from typing import Any
import warnings

import gymnasium
from gymnasium import spaces
import numpy as np
from sac_core.drawing import DrawingError, load_opengl, open_renderer
from sac_core.physics import mujoco
from sac_core.sessions import new_session
from sac_core.spaces import RobotSpec

Environment = gymnasium.Env[Any, Any]
Report = Callable[[str], None]

# The environments of a robot have a step duration; where one has not, it is that of a 50 Hz loop.
DEFAULT_STEP_DURATION = 0.02

# Part of MuJoCo's warning that it found a NaN or a huge number and put its state back to the start
# without telling its caller: the next observation is finite and has nothing to do with the last.
UNSTABLE = 'The simulation is unstable'

# Gymnasium's own model file of HalfCheetah uses it; nobody who runs the bridge can change that.
_KNOWN_MUJOCO_WARNING = "compiler attribute 'settotalmass' is deprecated"
_COLOR = re.compile(r'\x1b\[\d+m')


def open_environment(env_id: str, report: Report, render_mode: str | None = None) -> Environment:
    """Make an environment whose observations and actions are flat vectors.

    :param report: gets each warning of Gymnasium and MuJoCo as one line, also later ones
    :param render_mode: Gymnasium's; None: nothing is drawn
    :raises ValueError: where there is no such environment, or its spaces do not suit a robot
    :raises DrawingError: where it is to draw by OpenGL, and this machine cannot
    """
    _route_mujoco_warnings(report)
    # Not every environment knows the argument.
    drawing: dict[str, Any] = {} if render_mode is None else {'render_mode': render_mode}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            environment: Environment = gymnasium.make(env_id, disable_env_checker=True, **drawing)
        except Exception as error:  # whatever a third party's environment may raise
            raise ValueError(f'env_id {env_id!r}: {_one_line(error)}') from error
    for warning in caught:
        report(_one_line(warning.message).removeprefix('WARN: '))
    try:
        if isinstance(environment.observation_space, spaces.Dict):
            environment = _flatten(environment)
        _check_observations(environment.observation_space)
        _check_actions(environment.action_space)
    except ValueError as error:
        environment.close()
        raise ValueError(f'env_id {env_id!r}: {error}') from error
    if render_mode is not None:
        _prepare_drawing(environment)
    return environment


def describe(environment: Environment) -> RobotSpec:
    """Describe an opened environment as a robot, with a new session."""
    spec, actions = environment.spec, environment.action_space
    assert spec is not None
    assert isinstance(actions, spaces.Box)
    assert environment.observation_space.shape is not None
    return RobotSpec(
        env_id=spec.id,
        observation_dim=environment.observation_space.shape[0],
        action_dim=actions.shape[0],
        action_low=actions.low.astype(np.float32),
        action_high=actions.high.astype(np.float32),
        step_duration=_step_duration(environment),
        max_episode_steps=spec.max_episode_steps or 0,
        bridge_session=new_session(),
    )


def _route_mujoco_warnings(report: Report) -> None:
    """Report MuJoCo's warnings, which else go to MUJOCO_LOG.TXT in the working directory.

    MuJoCo has one handler in a process, so it serves the environment opened last.
    """

    def handle(text: str) -> None:
        if not text.startswith(_KNOWN_MUJOCO_WARNING):
            report(f'MuJoCo: {text}')

    mujoco.set_mju_user_warning(handle)


def _prepare_drawing(environment: Environment) -> None:
    from gymnasium.envs.mujoco import MujocoEnv  # which loads GLFW

    robot = environment.unwrapped
    if isinstance(robot, MujocoEnv):
        try:
            # Gymnasium's own attempt would end in more than an exception.
            open_renderer(robot.model, 1, 1).close()
        except DrawingError:
            environment.close()
            raise
    else:
        with suppress(DrawingError):  # not every environment needs it; one that does will say so
            load_opengl()


def _flatten(environment: Environment) -> Environment:
    if not environment.observation_space.is_np_flattenable:
        raise ValueError(f'observations cannot be flattened: {environment.observation_space}')
    return gymnasium.wrappers.FlattenObservation(environment)


def _check_observations(space: spaces.Space[Any]) -> None:
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise ValueError(f'observations must be a flat Box or a Dict, not {space}')


def _check_actions(space: spaces.Space[Any]) -> None:
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise ValueError(f'actions must be a flat Box, not {space}')
    if not np.issubdtype(space.dtype, np.floating):
        raise ValueError(f'actions must be real numbers, not {space}')
    if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        raise ValueError(f'actions must have finite bounds, not {space}')


def _step_duration(environment: Environment) -> float:
    duration = getattr(environment.unwrapped, 'dt', None)
    if isinstance(duration, (int, float)) and duration > 0:
        return float(duration)
    frames_per_second = environment.metadata.get('render_fps')
    return 1.0 / frames_per_second if frames_per_second else DEFAULT_STEP_DURATION


def _one_line(message: object) -> str:
    return ' '.join(_COLOR.sub('', str(message)).split())
