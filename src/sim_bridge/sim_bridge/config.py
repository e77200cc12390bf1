# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the bridge."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.settings import setting, Settings


@dataclass(frozen=True)
class SimBridgeSettings(Settings):
    """What the bridge simulates, and how often it speaks unasked."""

    env_id: str = setting('HalfCheetah-v5', 'Gymnasium id of the environment')
    env_kwargs: str = setting(
        '',
        'Keyword arguments for the environment, as a YAML mapping such as'
        " '{forward_reward_weight: 2.0}'; max_episode_steps gives it a time limit. Empty: none.",
    )
    seed: int = setting(0, 'seed of the environment', low=0)
    heartbeat_period: float = setting(
        0.5,
        'time without a command after which the newest observation is sent again [s]',
        low=0.01,
        high=3600.0,
    )
    command_timeout: float = setting(
        0.5,
        'time without a valid command, after the first one, until the robot goes to its safe'
        ' state by itself [s]; 0: never, for a lockstep in which the actor waits for the learner',
        low=0.0,
        high=3600.0,
    )
    rt_priority: int = setting(
        0,
        'priority of the process under SCHED_FIFO, below that of the actor: who has no processor'
        ' cannot answer in time; 0: the ordinary scheduler',
        low=0,
        high=99,
    )
