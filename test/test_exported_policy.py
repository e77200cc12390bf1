# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An exported policy drives the simulator by the real processes as its checkpoint does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import signal
import subprocess
import sys

import numpy as np
import pytest
from real_run import Runner
from sac_actor.policy_file import read_policy
from sac_core.child_process import bound_to_this_process
from sac_core.ros import names, qos
from sac_core.ros.testing import child_environment, NodeProcess, Spinner
from sac_core.spaces import RobotSpec
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights
from sac_interfaces.msg import Observation
from sac_tools.evaluation import run_episodes
from sac_tools.export.onnx_file import onnx_bytes
from sac_tools.export.policy_source import PolicySource

pytestmark = pytest.mark.timeout(90)
EXAMPLE = Path(__file__).resolve().parents[1] / 'examples' / 'policy_node.py'
PENDULUM = RobotSpec(
    env_id='Pendulum-v1',
    observation_dim=3,
    action_dim=1,
    action_low=np.array([-2.0], np.float32),
    action_high=np.array([2.0], np.float32),
    step_duration=0.05,
    max_episode_steps=200,
)


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as started:
        yield started


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A checkpoint's directory with a policy, and the same policy as ONNX."""
    shape = PolicyArchitecture(3, 1, (16,), 'tanh', True, -5.0, 2.0)
    random = np.random.default_rng(0)
    tensors = {
        name: random.standard_normal(size).astype(np.float32)
        for name, size in shape.tensor_shapes().items()
    }
    weights = PolicyWeights(shape, tensors, learner_steps=1, env_id='Pendulum-v1')
    (tmp_path / 'policy.safetensors').write_bytes(encode_weights(weights))
    (tmp_path / 'policy.onnx').write_bytes(onnx_bytes(PolicySource(weights, PENDULUM)))
    return tmp_path


def test_a_run_of_an_onnx_policy_is_what_its_checkpoint_does(
    runner: Runner, exported: Path
) -> None:
    run = runner.run(
        'policy',
        f'checkpoint:={exported / "policy.onnx"}',
        *('episodes:=3', 'control_rate:=0', 'seed:=5'),
    )
    assert run.exit_code == 0, run.output
    returns = [episode['episode_return'] for episode in run.lines('episodes.jsonl')]
    weights = read_policy(str(exported))
    alone = [each.episode_return for each in run_episodes(weights, episodes=3, seed=5)]
    assert returns == pytest.approx(alone, rel=1e-6), run.output


def test_the_example_drives_a_bridge_also_after_it_was_silent(
    spinner: Spinner, exported: Path
) -> None:
    heard = spinner.collect(
        spinner.node('spectator'), Observation, names.OBSERVATION, qos.qos_profile_observation
    )
    bridge = NodeProcess(
        'sim_bridge.sim_bridge_node',
        domain_id=spinner.domain_id,
        parameters={'env_id': 'Pendulum-v1'},
    )
    example = subprocess.Popen(
        [sys.executable, EXAMPLE, exported / 'policy.onnx'],
        env=child_environment(spinner.domain_id),
        preexec_fn=bound_to_this_process(),
    )
    try:
        spinner.until(lambda: any(each.step > 10 for each in heard), timeout=40.0)
        example.send_signal(signal.SIGSTOP)
        cut = spinner.until(lambda: [each for each in heard if each.truncated and each.step < 200])
        example.send_signal(signal.SIGCONT)
        spinner.until(
            lambda: any(
                each.truncated and each.step == 200 and each.episode_id > cut[0].episode_id
                for each in heard
            ),
            timeout=30.0,
        )
    finally:
        example.kill()
        example.wait()
        bridge.kill()
