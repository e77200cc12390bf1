# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a policy in the simulator without ROS: whole episodes by its mean action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sac_actor.onnx_policy import OnnxModel
from sac_actor.policy_file import ready_policy
from sac_core.spaces import ActionScale
from sac_core.weights import PolicyWeights
from sim_bridge.env_runner import EnvRunner

_ROBOT_PREFIX = 'franka/'


@dataclass(frozen=True)
class EpisodeResult:
    """One episode to its end."""

    episode_return: float
    length: int
    terminated: bool
    success: bool


def run_episodes(
    weights: PolicyWeights | OnnxModel,
    *,
    episodes: int,
    seed: int,
    env_id: str | None = None,
    render_mode: str | None = None,
    after_step: Callable[[EnvRunner], None] = lambda _: None,
) -> Iterator[EpisodeResult]:
    """Run episodes one after the other, as the bridge would, with no filter in between.

    :param weights: as `read_policy` returns them
    :param env_id: None: the environment that the policy was trained in
    :param render_mode: of Gymnasium, for who renders in `after_step`
    :param after_step: called after each step, and after each reset
    :raises ValueError: where there is no environment, or the policy does not fit it
    """
    chosen = env_id or weights.env_id
    if not chosen:
        raise ValueError('the policy does not say its environment: give --env-id')
    if chosen.startswith(_ROBOT_PREFIX):
        raise ValueError(
            f'{chosen} is no Gymnasium environment: run it by'
            f' make policy ARGS="robot:=panda_sim checkpoint:=CHECKPOINT"'
        )
    runner = EnvRunner(chosen, seed=seed, render_mode=render_mode)
    try:
        policy = ready_policy(weights, runner.spec)
        scale = ActionScale(runner.spec)
        command = np.empty(runner.spec.action_dim, np.float32)
        for _ in range(episodes):
            after_step(runner)
            episode_return, last = 0.0, runner.newest
            while not (last.terminated or last.truncated):
                action = scale.to_robot(policy.act(last.observation), command)
                answers = runner.execute(
                    action,
                    session=runner.spec.bridge_session,
                    episode_id=last.episode_id,
                    step=last.step,
                )
                if not answers:
                    raise ValueError(f'the policy chose an action that is not one: {action}')
                last = answers[0]
                episode_return += last.reward
                if len(answers) == 1:
                    after_step(runner)
            yield EpisodeResult(episode_return, last.step, last.terminated, last.success)
    finally:
        runner.close()
