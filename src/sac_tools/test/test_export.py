# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Exported policies act as the policy itself does, whatever its shape and what it observes."""

from __future__ import annotations

import dataclasses
import io
import itertools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from sac_actor.onnx_policy import OnnxModel
from sac_actor.policy_environment import environment_of_policy, PolicyEnvironment
from sac_actor.policy_file import read_policy, ready_policy
from sac_actor.policy_runner import PolicyRunner
from sac_core.arrays import FloatArray
from sac_core.policy import Policy
from sac_core.spaces import ActionScale, RobotSpec
from sac_learner.observation_normalizer import ObservationNormalizer
from sac_tools.export.onnx_file import onnx_bytes, onnx_model
from sac_tools.export.policy_source import PolicySource, read_source
from sac_tools.export.torchscript_file import torchscript_bytes
from sim_bridge.env_runner import EnvRunner
import torch

from .recorded import ADDITIVE, architecture, make_checkpoint, PENDULUM, random_weights

ROBOT = RobotSpec(
    env_id='Arm-v0',
    observation_dim=17,
    action_dim=6,
    action_low=np.array([-1, -0.4, 0, -3, -1e-3, 2], np.float32),
    action_high=np.array([1, 0.4, 5, 1, 1e-3, 3], np.float32),
    step_duration=0.02,
    max_episode_steps=0,
)
SHAPES = list(
    itertools.product([(), (5,), (256, 256), (64, 32, 16)], ['relu', 'tanh'], [False, True])
)
TOLERANCE = 1e-6  # in [-1, 1]; ten times what is promised


def source_of(shape: tuple[tuple[int, ...], str, bool]) -> PolicySource:
    return PolicySource(random_weights(architecture(ROBOT, *shape), 1, ROBOT.env_id), ROBOT)


def observations() -> FloatArray:
    """Ordinary ones, tiny and huge ones, and those with one huge number."""
    random = np.random.default_rng(5)
    plain = random.normal(scale=2.0, size=(300, 17))
    scaled = [random.normal(size=(50, 17)) * 10.0**power for power in (-30, -6, 2, 4, 8)]
    spikes = random.normal(size=(17, 17)) + np.eye(17) * 1e6
    return np.concatenate([plain, *scaled, spikes, np.zeros((1, 17))]).astype(np.float32)


def own_actions(source: PolicySource, rows: FloatArray) -> FloatArray:
    """What the policy of the control loop does, in [-1, 1]."""
    policy = Policy(source.weights)
    return np.array([policy.act(row).copy() for row in rows])


def assert_same(actions: FloatArray, source: PolicySource, rows: FloatArray) -> None:
    """Compare with what the control loop does, in [-1, 1]."""
    difference = np.abs(in_unit_range(actions) - own_actions(source, rows)).max(axis=1)
    worst = int(np.argmax(difference))
    assert difference[worst] <= TOLERANCE, rows[worst]


def in_unit_range(actions: FloatArray) -> FloatArray:
    return np.asarray(ActionScale(ROBOT).to_policy(actions, np.empty_like(actions)))


def test_a_policy_with_additive_noise_is_exported_as_its_mean_action(tmp_path: Path) -> None:
    shape = architecture(ROBOT, (64, 32), 'relu', layer_norm=True, **ADDITIVE)
    source = PolicySource(random_weights(shape, 1, ROBOT.env_id), ROBOT)
    rows = observations()
    session = onnxruntime.InferenceSession(onnx_bytes(source))
    assert_same(session.run(None, {'observation': rows})[0], source, rows)
    module = torch.jit.load(io.BytesIO(torchscript_bytes(source)))
    assert_same(module(torch.from_numpy(rows)).numpy(), source, rows)


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_an_onnx_policy_acts_as_the_policy(
    shape: tuple[tuple[int, ...], str, bool], tmp_path: Path
) -> None:
    source, rows = source_of(shape), observations()
    path = tmp_path / 'policy.onnx'
    path.write_bytes(onnx_bytes(source))
    model = read_policy(str(path))
    assert isinstance(model, OnnxModel)
    (batch,) = model.session.run(None, {'observation': rows})
    assert (batch >= ROBOT.action_low).all()
    assert (batch <= ROBOT.action_high).all()
    assert_same(batch, source, rows)
    policy = ready_policy(model, ROBOT)
    scale = ActionScale(ROBOT)
    one_by_one = [scale.to_robot(policy.act(row), np.empty_like(row[:6])) for row in rows[::7]]
    assert_same(np.array(one_by_one), source, rows[::7])


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_a_torchscript_policy_acts_as_the_policy(
    shape: tuple[tuple[int, ...], str, bool],
) -> None:
    source, rows = source_of(shape), observations()
    with pytest.deprecated_call():
        module = torch.jit.load(io.BytesIO(torchscript_bytes(source)))
    actions = module(torch.from_numpy(rows)).numpy()
    assert (actions >= ROBOT.action_low).all()
    assert (actions <= ROBOT.action_high).all()
    assert_same(actions, source, rows)


def test_a_policy_with_its_normalization_acts_alike_on_what_a_robot_observes() -> None:
    rows = cheetah_observations(300)
    normalizer = ObservationNormalizer(17)
    normalizer.update(rows)
    plain = random_weights(architecture(ROBOT, (256, 256)), 2, ROBOT.env_id)
    tensors = {name: 3.0 * tensor for name, tensor in plain.tensors.items()}  # as large as trained
    folded = normalizer.normalization.fold(tensors)
    source = PolicySource(dataclasses.replace(plain, tensors=folded), ROBOT)
    session = onnxruntime.InferenceSession(onnx_bytes(source))
    with pytest.deprecated_call():
        module = torch.jit.load(io.BytesIO(torchscript_bytes(source)))
    for scale in (1.0, 10.0, 100.0, 1e4):
        scaled = (scale * rows).astype(np.float32)
        assert_same(session.run(None, {'observation': scaled})[0], source, scaled)
        assert_same(module(torch.from_numpy(scaled)).numpy(), source, scaled)


def test_a_policy_that_normalizes_first_acts_alike_far_from_zero() -> None:
    random = np.random.default_rng(0)
    rows = (random.normal(size=(300, 17)) + 5e6).astype(np.float32)
    normalizer = ObservationNormalizer(17)
    normalizer.update(rows)
    plain = random_weights(architecture(ROBOT, (256, 256)), 2, ROBOT.env_id)
    tensors = normalizer.normalization.fold(plain.tensors)
    source = PolicySource(dataclasses.replace(plain, tensors=tensors), ROBOT)
    session = onnxruntime.InferenceSession(onnx_bytes(source))
    assert_same(session.run(None, {'observation': rows})[0], source, rows)
    with pytest.deprecated_call():
        module = torch.jit.load(io.BytesIO(torchscript_bytes(source)))
    assert_same(module(torch.from_numpy(rows)).numpy(), source, rows)
    assert np.ptp(own_actions(source, rows), axis=0).min() > 0.1  # and sees what moves


def cheetah_observations(count: int) -> FloatArray:
    """Observations of a HalfCheetah that moves at random."""
    runner, random = EnvRunner('HalfCheetah-v5'), np.random.default_rng(0)
    rows = []
    for _ in range(count):
        newest = runner.reset() if runner.owes_reset else runner.newest
        rows.append(newest.observation.copy())
        runner.execute(
            random.uniform(-1, 1, 6).astype(np.float32),
            session=runner.spec.bridge_session,
            episode_id=newest.episode_id,
            step=newest.step,
        )
    runner.close()
    return np.array(rows)


def test_a_file_says_what_it_was_made_of(tmp_path: Path) -> None:
    source = read_source(make_checkpoint(tmp_path))
    told = {each.key: each.value for each in onnx_model(source).metadata_props}
    assert told['env_id'] == 'Pendulum-v1'
    assert (told['version'], told['env_steps']) == ('7', '700')
    assert (told['action_low'], told['action_high']) == ('[-2.0]', '[2.0]')
    path = tmp_path / 'policy.onnx'
    path.write_bytes(onnx_bytes(source))
    model = read_policy(str(path))
    assert isinstance(model, OnnxModel)
    assert (model.env_id, model.version, model.learner_steps) == ('Pendulum-v1', 7, 70)


def test_a_file_of_a_run_says_how_its_environment_is_opened(tmp_path: Path) -> None:
    bridge = {'env_id': 'mine:Pendulum-v1', 'env_kwargs': '{g: 1.6}'}
    (tmp_path / 'run.yaml').write_text(f'parameters: {{sim_bridge: {bridge}}}')
    path = tmp_path / 'elsewhere.onnx'
    path.write_bytes(onnx_bytes(read_source(make_checkpoint(tmp_path / 'checkpoints'))))
    known = environment_of_policy(read_policy(str(path)), {})
    assert known == PolicyEnvironment('mine:Pendulum-v1', '{g: 1.6}')


def test_the_control_loop_runs_an_onnx_policy_by_its_mean_only(tmp_path: Path) -> None:
    source = read_source(make_checkpoint(tmp_path))
    path = tmp_path / 'policy.onnx'
    path.write_bytes(onnx_bytes(source))
    weights = read_policy(str(path))
    runner = PolicyRunner(PENDULUM, random_steps=10, deterministic=True, seed=0)
    runner.swap(weights)
    observation = np.array([0.5, -0.5, 1.0], np.float32)
    action, version = runner.act(observation)
    np.testing.assert_allclose(action, Policy(source.weights).act(observation), atol=TOLERANCE)
    assert version == 7
    explores = PolicyRunner(PENDULUM, random_steps=0, deterministic=False, seed=0)
    with pytest.raises(ValueError, match='deterministic must be true'):
        explores.swap(weights)
    other = PolicyRunner(ROBOT, random_steps=0, deterministic=True, seed=0)
    with pytest.raises(ValueError, match='observation_dim 3, the robot has 17'):
        other.swap(weights)


def test_a_file_that_is_no_policy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'policy.onnx'
    for data in (b'', b'nonsense', bytes(1000)):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"checkpoint '.*policy\.onnx': not an ONNX policy"):
            read_policy(str(path))
    model = onnx_model(read_source(make_checkpoint(tmp_path)))
    model.graph.initializer[0].raw_data = np.full(24, np.nan, np.float32).tobytes()
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match='at an observation of zeros is'):
        read_policy(str(path))
    two = onnx.helper.make_tensor_value_info('more', onnx.TensorProto.FLOAT, ['batch', 2])
    model.graph.input.append(two)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match='must have one input, got 2'):
        read_policy(str(path))


def test_a_damaged_checkpoint_is_not_exported(tmp_path: Path) -> None:
    checkpoint = make_checkpoint(tmp_path)
    description = checkpoint / 'learner.json'
    description.write_text(description.read_text().replace('2.0', '9.0'))
    with pytest.raises(ValueError, match=r'learner\.json: checksum does not match'):
        read_source(checkpoint)
    description.unlink()
    with pytest.raises(ValueError, match=r'learner\.json: No such file'):
        read_source(checkpoint)
