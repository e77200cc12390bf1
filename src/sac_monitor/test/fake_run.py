# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an actor, its bridge and a learner publish, and the real monitor process that hears it."""

from __future__ import annotations

import math
from pathlib import Path
import subprocess
import sys

from sac_core.child_process import bound_to_this_process
from sac_core.ros import names, qos
from sac_core.ros.testing import child_environment, Spinner
from sac_interfaces.msg import ActorStatus, EnvSpec, Episode, LearnerStatus
import yaml

LONGEST_END = 20.0


class Robot:
    """Publishes what an actor, its bridge and a learner would, each from a node of its own."""

    def __init__(self, spinner: Spinner, *, learner: bool = True) -> None:
        self.spinner = spinner
        self.actor_node = spinner.node('actor')
        self.actor_node.declare_parameter('control_rate', 50.0)
        self.bridge_node = spinner.node('sim_bridge')
        self.bridge_node.declare_parameter('seed', 7)
        self.status = self.actor_node.create_publisher(
            ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.episodes = self.actor_node.create_publisher(
            Episode, names.EPISODE, qos.qos_profile_episode
        )
        self.specs = self.bridge_node.create_publisher(
            EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec
        )
        self.publishers = [self.status, self.episodes, self.specs]
        self.nodes = [self.actor_node, self.bridge_node]
        if learner:
            self.learner_node = spinner.node('learner')
            self.learner_node.declare_parameter('hidden_dims', [256, 256])
            self.learner_node.declare_parameter('seed', 7)
            self.learning = self.learner_node.create_publisher(
                LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
            )
            self.publishers.append(self.learning)
            self.nodes.append(self.learner_node)

    def wait_for_monitor(self) -> None:
        self.spinner.until(lambda: all(p.get_subscription_count() for p in self.publishers))

    def begin_run(self, run_dir: Path) -> None:
        """Begin to drive the robot and wait until the monitor has met every node."""
        self.publish_spec()
        self.wait_for_monitor()
        self.publish_actor(0)
        nodes = {node.get_fully_qualified_name() for node in self.nodes}
        self.spinner.until(lambda: nodes <= configured_nodes(run_dir))

    def publish_spec(self) -> None:
        self.specs.publish(
            EnvSpec(
                bridge_session=1,
                env_id='Pendulum-v1',
                observation_dim=3,
                action_dim=1,
                action_low=[-2.0],
                action_high=[2.0],
                step_duration=0.05,
                max_episode_steps=200,
            )
        )

    def publish_actor(self, env_steps: int, *, session: int = 11, **values: object) -> None:
        self.status.publish(
            ActorStatus(
                actor='/actor',
                actor_session=session,
                state='running',
                env_steps=env_steps,
                transitions_sent=env_steps,
                control_rate=50.0,
                policy_version=3,
                weights_age=0.1,
                **values,
            )
        )

    def publish_learner(self, env_steps: int, **values: object) -> None:
        self.learning.publish(
            LearnerStatus(
                learner_session=2**63 + 1,
                state='training',
                env_steps=env_steps,
                learner_steps=env_steps,
                critic_updates=8 * env_steps,
                measured_utd=8.0,
                target_utd=8.0,
                steps_per_second=49.9,
                replay_size=env_steps,
                replay_capacity=1000000,
                metric_names=['temperature', 'critic_loss'],
                metric_values=[0.1, math.nan],
                **values,
            )
        )

    def publish_episode(self, number: int, *, session: int = 11) -> None:
        self.episodes.publish(
            Episode(
                actor='/actor',
                actor_session=session,
                episode_id=number,
                env_steps=200 * (number + 1),
                length=200,
                episode_return=-100.0 * number,
                truncated=True,
            )
        )


class Monitor:
    """The real process."""

    def __init__(self, spinner: Spinner, *parameters: str) -> None:
        arguments = [each for name in parameters for each in ('-p', name)]
        self._spinner = spinner
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'sac_monitor.monitor_node', '--ros-args', *arguments],
            env=child_environment(spinner.domain_id) | {'COLUMNS': '120'},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # not the terminal's signals
            preexec_fn=bound_to_this_process(),
        )

    def wait(self) -> tuple[int, str, str]:
        """Spin until the process has ended: its code, output and errors."""
        self._spinner.until(lambda: self.process.poll() is not None, LONGEST_END)
        output, errors = self.process.communicate()
        # Not in text mode, which would turn each carriage return into a line feed.
        return self.process.returncode, output.decode(), errors.decode()


def configured_nodes(run_dir: Path) -> set[str]:
    path = run_dir / 'config.yaml'
    return set(yaml.safe_load(path.read_text())) if path.exists() else set()
