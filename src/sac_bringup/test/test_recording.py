# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run is recorded where that is asked for, by rosbag2 where that is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sac_bringup.arguments import PolicyArguments, TrainArguments
from sac_bringup.graph import Plan, policy_graph, train_graph
from sac_bringup.process import Process
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights

CONFIG = Path(__file__).parents[3] / 'config'


def recorders(plan: Plan) -> list[Process]:
    return [each for each in plan.processes if each.name == 'recorder']


def train(run_dir: Path, **arguments: object) -> Plan:
    return train_graph(TrainArguments(run_dir=str(run_dir), **arguments), config=CONFIG)  # type: ignore[arg-type]


def install(prefix: Path, *executables: str) -> None:
    """Lay out packages as an installation of ROS does, each with one executable."""
    for each in executables:
        package, _, name = each.partition('/')
        marker = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages' / package
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
        if name:
            path = prefix / 'lib' / package / name
            path.parent.mkdir(parents=True)
            path.touch(mode=0o755)


def test_nothing_is_recorded_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert recorders(train(tmp_path / 'run')) == []


def test_the_recorder_starts_first_and_the_run_goes_on_without_it(tmp_path: Path) -> None:
    plan = train(tmp_path / 'run', record=True, actors=2, namespace='arm')
    (recorder,) = recorders(plan)
    assert plan.processes[0] is recorder
    assert (recorder.package, recorder.namespace) == ('sac_recorder', '/arm')
    assert recorder.parameters['directory'] == str(tmp_path / 'run' / 'recording')
    assert recorder.parameters['actors'] == 2
    assert not recorder.required
    assert not recorder.respawn


def test_it_is_started_again_where_everything_is(tmp_path: Path) -> None:
    (recorder,) = recorders(train(tmp_path / 'run', record=True, respawn='all'))
    assert recorder.respawn


def test_rosbag2_records_where_it_is_installed_each_start_in_a_directory_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / 'ros', 'rosbag2_transport/recorder', 'rosbag2_storage_mcap')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path / 'ros'))
    (tmp_path / 'run' / 'recording' / 'start_1').mkdir(parents=True)  # one was deleted
    plan = train(tmp_path / 'run', record=True, actors=2, namespace='arm', respawn='all')
    (recorder,) = [each for each in plan.processes if each.package == 'rosbag2_transport']
    assert recorder.executable == 'recorder'
    assert not recorder.respawn  # it would find its directory used
    own = recorder.parameters
    assert own['storage.uri'] == str(tmp_path / 'run' / 'recording' / 'start_2')
    assert own['storage.storage_id'] == 'mcap'
    assert {'/arm/transitions', '/arm/actor_1/command', '/diagnostics'} <= set(
        own['record.topics']
    )


def test_a_policy_without_a_directory_cannot_be_recorded(tmp_path: Path) -> None:
    architecture = PolicyArchitecture(3, 1, (4,), 'relu', False, -5.0, 2.0)
    shapes = architecture.tensor_shapes().items()
    weights = PolicyWeights(architecture, {name: np.zeros(s, np.float32) for name, s in shapes})
    (tmp_path / 'policy.safetensors').write_bytes(encode_weights(weights))
    checkpoint = str(tmp_path)
    with pytest.raises(ValueError, match='record:=true needs run_dir'):
        policy_graph(PolicyArguments(checkpoint=checkpoint, record=True), config=CONFIG)
    run_dir = str(tmp_path / 'run')
    arguments = PolicyArguments(checkpoint=checkpoint, record=True, run_dir=run_dir)
    (recorder,) = recorders(policy_graph(arguments, config=CONFIG))
    assert recorder.parameters['directory'] == str(tmp_path / 'run' / 'recording')
