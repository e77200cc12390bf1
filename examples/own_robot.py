# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A robot node in one file: a carriage on a rail that is to reach a goal drawn in each episode.

    python examples/own_robot.py                                 # in one terminal
    make train ARGS="robot:=external max_env_steps:=5000"        # in another

docs/own_robot.md explains the protocol. A real robot would send the action to its controller, read
its sensors where this one computes the next state, and check both.
"""

from __future__ import annotations

import random

import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sac_interfaces.msg import Command, EnvSpec, Observation

STEP, LIMIT = 0.02, 100  # duration of a step [s]; steps in an episode


class Rail(Node):
    """Obeys the command that answers its newest observation, and nothing else."""

    def __init__(self) -> None:
        super().__init__('rail')
        self.random = np.random.default_rng(0)
        self.newest = Observation(bridge_session=random.getrandbits(63) | 1)
        self.observations = self.create_publisher(Observation, 'observation', 10)
        latched = QoSProfile(depth=32, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.specs = self.create_publisher(EnvSpec, 'env_spec', latched)
        self.specs.publish(
            EnvSpec(
                bridge_session=self.newest.bridge_session,
                env_id='Rail',
                observation_dim=2,
                action_dim=1,
                action_low=[-1.0],  # [m/s]
                action_high=[1.0],
                step_duration=STEP,
                max_episode_steps=LIMIT,
            )
        )
        self.create_subscription(Command, 'command', self.on_command, 1)
        self.silence = self.create_timer(0.5, self.on_silence)
        self.reset(episode=0)

    def reset(self, *, episode: int) -> None:
        self.position, self.goal = self.random.uniform(-1.0, 1.0, 2).tolist()
        self.publish(episode_id=episode, step=0)

    def on_command(self, command: Command) -> None:
        newest = self.newest
        self.silence.reset()
        if command.stop:
            self.on_silence()
        elif (command.bridge_session, command.episode_id, command.step) != (
            newest.bridge_session,
            newest.episode_id,
            newest.step,
        ):
            return  # late or repeated: moves nothing
        elif command.reset:
            self.reset(episode=newest.episode_id + 1)
        elif not (newest.terminated or newest.truncated):
            self.position += STEP * max(-1.0, min(1.0, command.action[0]))
            step = newest.step + 1
            self.publish(
                episode_id=newest.episode_id,
                step=step,
                reward=-abs(self.position - self.goal),
                success=abs(self.position - self.goal) < 0.02,
                truncated=step == LIMIT,
            )
            if step == LIMIT:
                self.reset(episode=newest.episode_id + 1)

    def on_silence(self) -> None:
        """Stand still: the episode ends here, and only a reset begins the next one."""
        self.newest.truncated = self.newest.truncated or self.newest.step > 0
        self.observations.publish(self.newest)

    def publish(self, **fields: object) -> None:
        self.newest = Observation(bridge_session=self.newest.bridge_session, **fields)
        self.newest.header.stamp = self.get_clock().now().to_msg()
        self.newest.observation = [self.position, self.goal]
        self.observations.publish(self.newest)


def main() -> None:
    rclpy.init()
    try:
        rclpy.spin(Rail())
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


if __name__ == '__main__':
    main()
