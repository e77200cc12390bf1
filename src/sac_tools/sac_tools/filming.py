# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Renders episodes of a policy into a film."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from gymnasium.error import DependencyNotInstalled
import imageio
from sac_actor.policy_environment import parameters_of_policy
from sac_actor.policy_file import read_policy
from sac_core.drawing import DrawingError
from sac_tools.evaluation import EvaluatedRobot, run_episodes

_SUFFIXES = ('.mp4', '.gif')
_MOST_FRAMES = {'.mp4': 50.0, '.gif': 25.0}  # a second; what players show


class _FullError(Exception):
    """The film is as long as it may be."""


def film(
    policy_path: Path,
    output: Path,
    *,
    episodes: int,
    seed: int,
    env_id: str | None = None,
    env_kwargs: str | None = None,
    seconds: float = 20.0,
) -> dict[str, Any]:
    """Write a film, and return 'frames', 'frames_per_second' and the 'returns' of whole episodes.

    :param seconds: of simulated time, at most
    :raises ValueError: where it cannot be drawn or written, with what to install
    """
    if output.suffix not in _SUFFIXES:
        raise ValueError(f'output must end in {" or ".join(_SUFFIXES)}, got {str(output)!r}')
    if output.suffix == '.mp4' and importlib.util.find_spec('imageio_ffmpeg') is None:
        raise ValueError('.mp4 needs pip install imageio-ffmpeg; .gif does not: -o policy.gif')
    frames: list[Any] = []
    returns: list[float] = []
    timing = [1.0, 1.0]  # steps to a frame, frames a second

    def draw(runner: EvaluatedRobot) -> None:
        step = runner.spec.step_duration
        timing[0] = max(1.0, round(1.0 / (step * _MOST_FRAMES[output.suffix])))
        timing[1] = 1.0 / (step * timing[0])
        if len(frames) >= seconds * timing[1]:
            raise _FullError
        if runner.newest.step % timing[0] == 0:
            frames.append(_render(runner))

    try:
        for episode in run_episodes(
            read_policy(str(policy_path)),
            episodes=episodes,
            seed=seed,
            env_id=env_id,
            env_kwargs=env_kwargs,
            render_mode='rgb_array',
            parameters=parameters_of_policy(policy_path),
            after_step=draw,
        ):
            returns.append(episode.episode_return)
    except _FullError:
        pass
    output.parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {'duration': 1000 / timing[1], 'loop': 0}
    if output.suffix == '.mp4':
        options = {'fps': timing[1], 'macro_block_size': 2}
    imageio.mimsave(output, frames, **options)
    return {'frames': len(frames), 'frames_per_second': timing[1], 'returns': returns}


def _render(runner: EvaluatedRobot) -> Any:
    try:
        frame = runner.render()
    except DrawingError:
        raise
    except DependencyNotInstalled as error:
        raise ValueError(
            f'cannot draw {runner.spec.env_id}: {error}; classic control: pip install pygame'
        ) from error
    except Exception as error:  # OpenGL's, MuJoCo's ...
        raise DrawingError.because_of(error) from error
    if frame is None:
        raise ValueError(f'{runner.spec.env_id} draws nothing')
    return frame
