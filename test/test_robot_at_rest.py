# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever becomes of the actor, the robot stands still in time, as its bridge measures."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import signal
import time

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights
from sac_interfaces.msg import ActorStatus, Episode

pytestmark = pytest.mark.timeout(90)
COMMAND_TIMEOUT, PERIOD = 0.4, 0.02  # [s]
NOISE = 0.1  # [s] that a busy machine may take to run what is due


def write_policy(directory: Path) -> None:
    shape = PolicyArchitecture(3, 1, (8,), 'tanh', False, -5.0, 2.0)
    random = np.random.default_rng(0)
    tensors = {
        name: random.standard_normal(size).astype(np.float32)
        for name, size in shape.tensor_shapes().items()
    }
    weights = PolicyWeights(shape, tensors, learner_steps=1)
    (directory / 'policy.safetensors').write_bytes(encode_weights(weights))


class Scene:
    """A real bridge and a real actor that drives it at 50 Hz by a policy of its own."""

    def __init__(self, spinner: Spinner, directory: Path) -> None:
        self.spinner = spinner
        node = spinner.node('spectator')
        collect = spinner.collect
        self._arrays: list[DiagnosticArray] = collect(
            node, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status
        )
        self.statuses: list[ActorStatus] = collect(
            node, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.episodes: list[Episode] = collect(
            node, Episode, names.EPISODE, qos.qos_profile_episode
        )
        write_policy(directory)
        self.bridge = NodeProcess(
            'sim_bridge.sim_bridge_node',
            domain_id=spinner.domain_id,
            parameters={'env_id': 'Pendulum-v1', 'command_timeout': COMMAND_TIMEOUT},
        )
        self.actor = NodeProcess(
            'sac_actor.actor_node',
            domain_id=spinner.domain_id,
            parameters={'checkpoint': directory, 'status_period': 0.1},
        )
        self.until_steps_more(20)

    def bridge_values(self) -> dict[str, str]:
        """What the bridge said of itself last."""
        found = [s for a in self._arrays for s in a.status if s.name == 'sim_bridge: environment']
        return {each.key: each.value for each in found[-1].values} if found else {}

    def until_at_rest(self) -> dict[str, str]:
        self.spinner.until(lambda: self.bridge_values().get('is_safe') == 'True')
        return self.bridge_values()

    def until_steps_more(self, count: int) -> None:
        def steps() -> int:
            return self.statuses[-1].env_steps if self.statuses else 0

        begin = steps()
        self.spinner.until(lambda: steps() > begin + count, timeout=40)

    def signal_actor(self, number: signal.Signals) -> None:
        os.kill(self.actor.child.pid, number)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Spinner() as spinner:
        scene = Scene(spinner, tmp_path)
        yield scene
        scene.actor.kill()
        scene.bridge.kill()


def assert_was_in_time(values: dict[str, str]) -> None:
    assert values['command_timeouts'] == '1'
    assert COMMAND_TIMEOUT <= float(values['seconds_to_safe_state'])
    assert float(values['seconds_to_safe_state']) < COMMAND_TIMEOUT + PERIOD + NOISE


def test_a_frozen_actor_leaves_the_robot_at_rest_and_begins_an_episode_when_it_wakes(
    scene: Scene,
) -> None:
    scene.signal_actor(signal.SIGSTOP)
    frozen_at = time.monotonic()
    values = scene.until_at_rest()
    scene.spinner.until(lambda: time.monotonic() > frozen_at + 5.0)
    assert scene.bridge_values()['steps'] == values['steps']
    episodes = len(scene.episodes)
    scene.signal_actor(signal.SIGCONT)
    scene.until_steps_more(20)
    scene.spinner.until(lambda: scene.bridge_values()['is_safe'] == 'False')
    assert_was_in_time(scene.bridge_values())
    cut = scene.spinner.until(lambda: scene.episodes[episodes:])[0]
    assert (cut.truncated, cut.terminated) == (True, False)
    assert cut.length < 200  # the environment's own limit


def test_a_killed_actor_leaves_the_robot_at_rest(scene: Scene) -> None:
    scene.signal_actor(signal.SIGKILL)
    assert_was_in_time(scene.until_at_rest())


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_actor_that_ends_leaves_the_robot_at_rest_at_once(
    scene: Scene, number: signal.Signals
) -> None:
    scene.signal_actor(number)
    values = scene.until_at_rest()
    assert (values['command_timeouts'], values['stops']) == ('0', '1')
    assert scene.actor.end()[0] == 0
