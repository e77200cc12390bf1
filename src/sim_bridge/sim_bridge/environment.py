# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Opens a Gymnasium environment that can stand in for a robot, and says why another cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
import importlib
from pathlib import Path
import re
import traceback
from typing import Any, TypeGuard
import warnings

import gymnasium
from gymnasium import spaces
import numpy as np
from sac_core.drawing import DrawingError, load_opengl, open_renderer
from sac_core.physics import mujoco
from sac_core.sessions import new_session
from sac_core.spaces import RobotSpec
from sim_bridge.contract import CheckedEnvironment, quote
from sim_bridge.keywords import unknown_keyword
from sim_bridge.observations import is_flat_box, ObservationReader

Environment = gymnasium.Env[Any, Any]
Report = Callable[[str], None]

# The environments of a robot have a step duration; where one has not, it is that of a 50 Hz loop.
DEFAULT_STEP_DURATION = 0.02

# Part of MuJoCo's warning that it found a NaN or a huge number and put its state back to the start
# without telling its caller: the next observation is finite and has nothing to do with the last.
UNSTABLE = 'The simulation is unstable'

# Gymnasium's own model file of HalfCheetah uses it; users of the bridge cannot change that.
_KNOWN_MUJOCO_WARNING = "compiler attribute 'settotalmass' is deprecated"
# Whoever reads a traceback of these alone learns nothing of an environment.
_KNOWN_CODE = (
    '<frozen importlib',
    *(
        str(Path(str(module)).parent)
        for module in (gymnasium.__file__, importlib.__file__, __file__)
    ),
)
_COLOR = re.compile(r'\x1b\[\d+m')


@dataclass(frozen=True)
class OpenEnvironment:
    """An environment, checked, with what is known of it."""

    gymnasium: Environment
    spec: RobotSpec
    observations: ObservationReader
    actions: spaces.Box


def open_environment(
    env_id: str,
    report: Report,
    *,
    keywords: dict[str, Any],
    render_mode: str | None = None,
) -> OpenEnvironment:
    """Make an environment that can stand in for a robot, and describe it, with a new session.

    :param report: gets each warning of Gymnasium and MuJoCo as one line, also later ones
    :param keywords: for the environment, and max_episode_steps
    :param render_mode: Gymnasium's; None: nothing is drawn
    :raises ValueError: where there is no such environment, or it does not suit a robot; from the
        exception of the environment's own code, where that raised one
    :raises DrawingError: where it is to draw by OpenGL, and this machine cannot
    """
    _route_mujoco_warnings(report)
    # Not every environment knows the argument.
    drawing: dict[str, Any] = {} if render_mode is None else {'render_mode': render_mode}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            environment: Environment = gymnasium.make(
                env_id, disable_env_checker=True, **drawing, **keywords
            )
        except Exception as error:  # noqa: BLE001  whatever a third party's code may raise
            unknown = unknown_keyword(error, keywords | drawing)
            if unknown in drawing:
                raise ValueError(
                    f'env_id {env_id!r} draws nothing: it takes no {unknown}'
                ) from None
            if unknown:
                raise ValueError(
                    f'env_kwargs: {env_id} does not take {unknown!r}, got {keywords}'
                ) from None
            text = f'env_id {env_id!r}: {_one_line(error) or type(error).__name__}'
            raise ValueError(text + _remedy(error, env_id)) from (
                error if _is_of_environment(error) else None
            )
    for warning in caught:
        report(_one_line(warning.message).removeprefix('WARN: '))
    try:
        opened = _checked(environment, report)
    except ValueError as error:
        environment.close()
        raise ValueError(f'env_id {env_id!r}: {error}') from None
    if render_mode is not None:
        _prepare_drawing(environment)
    return opened


def _remedy(error: Exception, env_id: str) -> str:
    """Say how an environment of the user's own is found."""
    module, separator, _ = env_id.rpartition(':')
    if isinstance(error, ModuleNotFoundError):
        if separator and f"No module named '{module.partition('.')[0]}'" in str(error):
            return '; install it, or have the directory that it is in among those of PYTHONPATH'
    elif isinstance(error, gymnasium.error.UnregisteredEnv) and not separator:
        return '; one that a module of yours registers is given as MODULE:ID'
    return ''


def _is_of_environment(error: BaseException) -> bool:
    """Return whether other code than Gymnasium's and this project's took part in an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(not frame.filename.startswith(_KNOWN_CODE) for frame in frames)


def _checked(environment: Environment, report: Report) -> OpenEnvironment:
    for name in ('observation_space', 'action_space'):
        space = getattr(environment, name, None)
        if not isinstance(space, spaces.Space):
            raise ValueError(f'{name} must be a space of Gymnasium, got {quote(space)}')
    observations = ObservationReader(environment.observation_space)
    actions = _actions(environment.action_space)
    made = environment.spec
    assert made is not None  # by `gymnasium.make`
    spec = RobotSpec(
        env_id=made.id,
        observation_dim=observations.dim,
        action_dim=actions.low.size,
        action_low=actions.low.astype(np.float32).ravel(),
        action_high=actions.high.astype(np.float32).ravel(),
        step_duration=_step_duration(environment, report),
        max_episode_steps=made.max_episode_steps or 0,
        bridge_session=new_session(),
    )
    return OpenEnvironment(_with_checks(environment), spec, observations, actions)


def _with_checks(environment: Environment) -> Environment:
    """Put the checks between the environment and the wrappers around it, which rely on them."""
    if not isinstance(environment, gymnasium.Wrapper):
        return CheckedEnvironment(environment)
    innermost = environment
    while isinstance(innermost.env, gymnasium.Wrapper):
        innermost = innermost.env
    innermost.env = CheckedEnvironment(innermost.env)
    return environment


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
        _let_camera_follow(robot)
    else:
        with suppress(DrawingError):  # not every environment needs it; one that does will say so
            load_opengl()


def _actions(space: spaces.Space[Any]) -> spaces.Box:
    if not isinstance(space, spaces.Box) or not is_flat_box(space):
        raise ValueError(f'actions must be a flat Box, not {space}')
    if not np.issubdtype(space.dtype, np.floating):
        raise ValueError(f'actions must be real numbers, not {space}')
    if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        raise ValueError(f'actions must have finite bounds, not {space}')
    return space


def _let_camera_follow(robot: Any) -> None:
    """Draw by the model's own camera that follows the robot; Gymnasium's stays where it began."""
    camera = mujoco.mj_name2id(robot.model, mujoco.mjtObj.mjOBJ_CAMERA, 'track')
    renderer = getattr(robot, 'mujoco_renderer', None)
    chosen = getattr(robot, 'camera_name', None) or getattr(robot, 'camera_id', None)
    if renderer is not None and camera >= 0 and chosen is None:
        renderer.camera_id = camera


def _step_duration(environment: Environment, report: Report) -> float:
    """Take attribute dt, else metadata['render_fps']; tell of one that cannot be used [s]."""
    duration = getattr(environment.unwrapped, 'dt', None)
    frames = (getattr(environment, 'metadata', None) or {}).get('render_fps')
    if _is_number(duration) and duration > 0:
        return float(duration)
    if _is_number(frames) and frames > 0:
        return 1.0 / float(frames)
    if frames or _is_number(duration):
        name, value = ("metadata['render_fps']", frames) if frames else ('dt', duration)
        report(
            f'{name} must be a number above 0, got {quote(value)}: a step is taken to last'
            f' {DEFAULT_STEP_DURATION:g} s'
        )
    return DEFAULT_STEP_DURATION


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _one_line(message: object) -> str:
    return ' '.join(_COLOR.sub('', str(message)).split())
