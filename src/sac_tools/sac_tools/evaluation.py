# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a policy in its simulator without ROS: whole episodes by its mean action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sac_actor.onnx_policy import OnnxModel, OnnxPolicy
from sac_actor.policy_environment import environment_of_policy
from sac_actor.policy_file import ready_policy
from sac_core.arrays import FloatArray
from sac_core.policy import Policy
from sac_core.spaces import ActionScale, RobotSpec
from sac_core.time_step import TimeStep
from sac_core.weights import PolicyWeights
from sim_bridge.env_runner import EnvRunner

_ARM = 'franka/'  # begins the env_id of each task of the arm


@dataclass(frozen=True)
class EpisodeResult:
    """One episode to its end."""

    episode_return: float
    length: int
    terminated: bool = False
    success: bool = False
    is_cut_off: bool = False  # the robot stopped before the end
    is_limited: bool = False  # the robot has no time limit, and did not end it


class EvaluatedRobot(Protocol):
    """A simulated robot that is commanded one step at a time; `EnvRunner` is one."""

    spec: RobotSpec

    @property
    def newest(self) -> TimeStep:
        """The newest observation."""

    def execute(
        self, action: FloatArray, *, session: int, episode_id: int, step: int
    ) -> TimeStep | None:
        """Carry out a command; return what follows, None for an action that is refused."""

    def reset(self) -> TimeStep:
        """Begin a new episode."""

    def render(self) -> Any:
        """Draw what there is to see."""

    def close(self) -> None:
        """Release it."""


def open_robot(
    env_id: str,
    *,
    seed: int,
    env_kwargs: str = '',
    render_mode: str | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
) -> EvaluatedRobot:
    """Open the simulator of an environment: Gymnasium's, or the twin of an arm.

    :param env_kwargs: keyword arguments for that of Gymnasium, as a YAML mapping
    :param parameters: of the nodes of the run that the policy is from
    :raises ValueError: where there is none
    """
    if not env_id.startswith(_ARM):
        return EnvRunner(env_id, seed=seed, env_kwargs=env_kwargs, render_mode=render_mode)
    from sac_tools.arm.twin_runner import TwinRunner

    own = (parameters or {}).get('franka_bridge', {})
    return TwinRunner(env_id.removeprefix(_ARM), own, seed=seed)


def run_episodes(
    weights: PolicyWeights | OnnxModel,
    *,
    episodes: int,
    seed: int,
    env_id: str | None = None,
    env_kwargs: str | None = None,
    render_mode: str | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    max_steps: int = 0,
    after_step: Callable[[EvaluatedRobot], None] = lambda _: None,
) -> Iterator[EpisodeResult]:
    """Run episodes one after the other, as the bridge would, with no filter in between.

    :param weights: as `read_policy` returns them
    :param env_id: None: the environment that the policy was trained in
    :param env_kwargs: for that environment, as a YAML mapping; None: as it was trained with
    :param render_mode: of Gymnasium, for who renders in `after_step`
    :param parameters: of the nodes of the run that the policy is from
    :param max_steps: of an episode, where the robot has no time limit; 0: any number
    :param after_step: called after each step, and after each reset
    :raises ValueError: where there is no environment, or the policy does not fit it
    """
    environment = environment_of_policy(weights, parameters or {}).chosen(env_id, env_kwargs)
    if not environment.env_id:
        raise ValueError('the policy does not say its environment: give --env-id')
    runner = open_robot(
        environment.env_id,
        seed=seed,
        env_kwargs=environment.env_kwargs,
        render_mode=render_mode,
        parameters=parameters,
    )
    try:
        policy = ready_policy(weights, runner.spec)
        for _ in range(episodes):
            if runner.newest.step or runner.newest.ends_episode:
                runner.reset()
            after_step(runner)
            limit = 0 if runner.spec.max_episode_steps else max_steps
            yield _run_episode(runner, policy, limit, after_step)
    finally:
        runner.close()


def _run_episode(
    runner: EvaluatedRobot,
    policy: Policy | OnnxPolicy,
    limit: int,
    after_step: Callable[[EvaluatedRobot], None],
) -> EpisodeResult:
    scale = ActionScale(runner.spec)
    command = np.empty(runner.spec.action_dim, np.float32)
    episode_return, last = 0.0, runner.newest
    while not last.ends_episode:
        action = scale.to_robot(policy.act(last.observation), command)
        observed = runner.execute(
            action,
            session=runner.spec.bridge_session,
            episode_id=last.episode_id,
            step=last.step,
        )
        if observed is None:
            raise ValueError(f'the policy chose an action that is not one: {action}')
        if observed.sequence_id == last.sequence_id:  # the robot stopped there
            return EpisodeResult(episode_return, last.step, is_cut_off=True)
        last = observed
        episode_return += last.reward
        after_step(runner)
        if last.step == limit and not last.ends_episode:
            return EpisodeResult(episode_return, last.step, success=last.success, is_limited=True)
    return EpisodeResult(episode_return, last.step, last.terminated, last.success)
