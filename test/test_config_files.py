# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The files in config/ and the arguments of the launch files say what the nodes declare."""

from __future__ import annotations

import dataclasses
from pathlib import Path
import re
from typing import Any

from franka_bridge.back_ends import read_back_ends
from franka_bridge.config import DriverSettings
from franka_bridge.config import FrankaBridgeSettings as ArmBridgeSettings
from franka_bridge.limits import ArmLimits
from panda_sim.config import TwinSettings
from parameter_files import algorithm_file, ALGORITHMS, default_file
import pytest
from sac_actor.config import ActorSettings
from sac_actor.joy_mapping import JoySettings
from sac_bringup.arguments import PolicyArguments, RunArguments, table, TrainArguments
from sac_bringup.configuration import base_parameters, configure, presets
from sac_bringup.parameter_file import Parameters, read_parameters
from sac_core.settings import Setting, Settings, settings_of
from sac_dashboard.settings import DashboardSettings
from sac_learner.config import LearnerSettings, SacConfig
from sac_monitor.settings import MonitorSettings
from sac_recorder.settings import RecorderSettings
from sim_bridge.config import SimBridgeSettings

pytestmark = pytest.mark.unit

CONFIG = Path(__file__).parents[1] / 'config'
SETTINGS: dict[str, tuple[type[Settings], ...]] = {
    'sim_bridge': (SimBridgeSettings,),
    'panda_sim': (TwinSettings,),
    'franka_bridge': (ArmBridgeSettings, DriverSettings, ArmLimits),
    'actor': (ActorSettings,),
    'joy_teleop': (JoySettings,),
    'learner': (SacConfig, LearnerSettings),
    'monitor': (MonitorSettings,),
    'recorder': (RecorderSettings,),
    'dashboard': (DashboardSettings,),
}
NODES = sorted(SETTINGS)


def declared(node: str) -> dict[str, Setting]:
    return {each.name: each for group in SETTINGS[node] for each in settings_of(group)}


def as_setting(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def build(parameters: Parameters) -> None:
    """Build every settings class, which checks the ranges."""
    for node, groups in SETTINGS.items():
        for group in groups:
            names = [field.name for field in dataclasses.fields(group)]
            group(**{name: as_setting(parameters[node][name]) for name in names})


def test_the_files_have_every_node() -> None:
    assert sorted(base_parameters(CONFIG)) == NODES


def test_the_files_are_written_from_the_settings() -> None:
    again = 'run make config'
    assert (CONFIG / 'default.yaml').read_text(encoding='utf-8') == default_file(), again
    files = {path.stem.removeprefix('algorithm_') for path in CONFIG.glob('algorithm_*.yaml')}
    assert files == set(ALGORITHMS)
    for name in ALGORITHMS:
        path = CONFIG / f'algorithm_{name}.yaml'
        assert path.read_text(encoding='utf-8') == algorithm_file(name), again


@pytest.mark.parametrize('node', NODES)
def test_the_files_have_every_parameter_with_its_default(node: str) -> None:
    written = base_parameters(CONFIG)[node]
    defaults = {name: each.default for name, each in declared(node).items()}
    assert {name: as_setting(value) for name, value in written.items()} == defaults
    for name, value in defaults.items():
        assert type(as_setting(written[name])) is type(value), name


@pytest.mark.parametrize('path', sorted(CONFIG.glob('*.yaml')), ids=lambda path: path.name)
def test_a_file_applies_in_any_namespace_and_explains_itself(path: Path) -> None:
    lines = path.read_text().splitlines()
    nodes = [line for line in lines if re.match(r'\S', line) and not line.startswith('#')]
    assert all(re.fullmatch(r'/\*\*/\w+:', line) for line in nodes)
    assert lines[0].startswith('# ')


@pytest.mark.parametrize('preset', presets(CONFIG))
def test_a_preset_is_valid(preset: str) -> None:
    build(configure(TrainArguments(preset=preset), CONFIG, {}))


def test_the_file_of_the_other_arm_has_all_of_it_and_differs_where_the_arm_does() -> None:
    fr3 = read_parameters(CONFIG / 'franka_fr3.yaml')['franka_bridge']
    fer = read_parameters(CONFIG / 'franka_fer.yaml')['franka_bridge']
    assert list(fer) == list(fr3)
    build(configure(TrainArguments(robot='panda_sim', robot_type='fer'), CONFIG, {}))
    assert {name for name in fr3 if fr3[name] != fer[name]} == {
        'robot_type',
        'joint_low',
        'joint_high',
        'joint_velocity',
        'velocity_offset',
        'velocity_slope',
    }


@pytest.mark.parametrize('robot_type', ['fr3', 'fer'])
def test_the_driver_is_given_the_controllers_of_the_back_ends(robot_type: str) -> None:
    driver = read_parameters(CONFIG / f'franka_driver_{robot_type}.yaml')
    manager = driver['controller_manager']
    for back_end in read_back_ends(DriverSettings().back_ends, robot_type).values():
        assert f'{back_end.controller}.type' in manager
        assert driver[back_end.controller]['joints'] == [
            f'{robot_type}_joint{index}' for index in range(1, 8)
        ]


def test_the_guides_preset_has_the_numbers_of_the_guide() -> None:
    parameters = configure(TrainArguments(preset='guide'), CONFIG, {})
    learner, actor = parameters['learner'], parameters['actor']
    assert (actor['random_steps'], actor['transition_batch_size']) == (300, 30)
    assert (learner['training_starts'], learner['replay_capacity']) == (300, 1_000_000)
    assert (learner['batch_size'], learner['utd_ratio']) == (256, 8)
    assert (learner['num_critics'], learner['target_subset']) == (2, 2)
    assert (learner['tau'], learner['discount']) == (0.005, 0.99)
    assert (learner['actor_q'], learner['backup_entropy']) == ('mean', True)
    assert learner['target_entropy_per_dim'] == -0.5


def test_serls_preset_has_what_serl_ships() -> None:
    learner = configure(TrainArguments(preset='serl'), CONFIG, {})['learner']
    assert (learner['num_critics'], learner['target_subset']) == (10, 2)
    assert (learner['activation'], learner['hidden_dims']) == ('tanh', [256, 256])
    assert (learner['layer_norm_actor'], learner['layer_norm_critic']) == (True, True)
    assert (learner['actor_q'], learner['backup_entropy']) == ('mean', False)
    assert (learner['init_temperature'], learner['warmup_steps']) == (0.01, 2000)


@pytest.mark.parametrize('arguments', [TrainArguments, PolicyArguments])
def test_an_argument_agrees_with_the_parameters_that_it_sets(
    arguments: type[RunArguments],
) -> None:
    for each in table(arguments):
        for target in each.sets:
            node, name = target.split('.')
            setting = declared(node)[name]
            assert each.setting.type == setting.type, each.name
            range_ = (each.setting.low, each.setting.high)
            assert range_ == (setting.low, setting.high), each.name
            assert each.setting.choices == setting.choices, each.name
