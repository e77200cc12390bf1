# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node parameters of a run: what goes over what, and which files are refused."""

from pathlib import Path

import pytest
from sac_actor.bringup.arguments import TrainArguments
from sac_actor.bringup.configuration import configure, Parameters, presets, read_parameters

DEFAULT = """
/**/actor:
  ros__parameters: {control_rate: 50.0, seed: 0, max_env_steps: 0}
/**/learner:
  ros__parameters: {utd_ratio: 8, hidden_dims: [256, 256], tau: 0.005, device: auto, seed: 0}
/**/sim_bridge:
  ros__parameters: {env_id: HalfCheetah-v5, seed: 0}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / 'default.yaml').write_text(DEFAULT)
    (tmp_path / 'franka_fr3.yaml').write_text(
        '/**/franka_bridge: {ros__parameters: {seed: 0}}\n'
        '/**/panda_sim: {ros__parameters: {seed: 0}}\n'
    )
    (tmp_path / 'preset_slow.yaml').write_text(
        '/**/actor: {ros__parameters: {control_rate: 10.0}}\n'
        '/**/learner: {ros__parameters: {utd_ratio: 2, tau: 0.5}}\n'
    )
    return tmp_path


def user_file(config: Path, text: str) -> TrainArguments:
    path = config / 'user.yaml'
    path.write_text(text)
    return TrainArguments(params_file=str(path))


def merged(config: Path, arguments: TrainArguments) -> Parameters:
    return configure(arguments, config, {'actor': {'max_env_steps': 100}})


def test_arguments_go_over_params_file_over_preset_over_run_over_default(config: Path) -> None:
    path = config / 'user.yaml'
    path.write_text('learner: {ros__parameters: {utd_ratio: 3, tau: 0.25}}')
    arguments = TrainArguments(preset='slow', params_file=str(path), utd_ratio=4)
    parameters = merged(config, arguments)
    assert parameters['learner']['utd_ratio'] == 4
    assert parameters['learner']['tau'] == 0.25
    assert parameters['actor']['control_rate'] == 10.0
    assert parameters['actor']['max_env_steps'] == 100
    assert parameters['learner']['device'] == 'auto'


def test_one_argument_may_set_a_parameter_of_several_nodes(config: Path) -> None:
    parameters = merged(config, TrainArguments(seed=7))
    assert [values['seed'] for values in parameters.values()] == [7] * 5


@pytest.mark.parametrize('name', ['learner', '/learner', '/**/learner', '/lab/one/learner'])
def test_a_file_may_name_a_node_in_any_namespace(config: Path, name: str) -> None:
    arguments = user_file(config, f'{name}: {{ros__parameters: {{utd_ratio: 5}}}}')
    assert merged(config, arguments)['learner']['utd_ratio'] == 5


def test_an_integer_is_taken_for_a_float(config: Path) -> None:
    rate = merged(config, user_file(config, 'actor: {ros__parameters: {control_rate: 20}}'))
    assert isinstance(rate['actor']['control_rate'], float)


def test_a_run_can_be_repeated_from_all_parameters_that_a_node_lists(config: Path) -> None:
    text = '/actor: {ros__parameters: {seed: 4, use_sim_time: false}}'
    assert merged(config, user_file(config, text))['actor']['seed'] == 4


def refusal(config: Path, text: str) -> str:
    with pytest.raises(ValueError, match=r'user\.yaml') as caught:
        merged(config, user_file(config, text))
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ('utd_ratio: many', "learner.utd_ratio must be an integer, got 'many'"),
        ('utd_ratio: 8.5', 'learner.utd_ratio must be an integer, got 8.5'),
        ('utd_ratio: true', 'learner.utd_ratio must be an integer, got True'),
        ('tau: small', "learner.tau must be a number, got 'small'"),
        ('device: 3', 'learner.device must be a string, got 3'),
        ('hidden_dims: 64', 'learner.hidden_dims must be a list, got 64'),
        ('hidden_dims: []', 'learner.hidden_dims must be a list, got []'),
        ('hidden_dims: [a]', "learner.hidden_dims must be an integer, got 'a'"),
        ('utd_ration: 8', "unknown parameter 'utd_ration' of learner; known are ["),
    ],
)
def test_a_bad_parameter_is_refused_by_name_and_value(
    config: Path, values: str, message: str
) -> None:
    assert message in refusal(config, f'learner: {{ros__parameters: {{{values}}}}}')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('lerner: {ros__parameters: {utd_ratio: 8}}', "unknown node 'lerner'; known are"),
        ('/**: {ros__parameters: {seed: 8}}', "unknown node '**'"),
        ('learner: {utd_ratio: 8}', 'learner must hold ros__parameters'),
        ('learner: {ros__parameters: 8}', 'ros__parameters of learner must be a mapping, got 8'),
        ('a: {ros__parameters: {}}\n/a: {ros__parameters: {}}', "one section for node 'a'"),
        ('[1, 2]', 'must map node names to parameters'),
        ('', 'must map node names to parameters, got None'),
        ('a: [', 'is not valid YAML'),
    ],
)
def test_a_bad_file_is_refused_in_one_line(config: Path, text: str, message: str) -> None:
    assert message in refusal(config, text)


def test_a_file_that_cannot_be_read_is_refused(config: Path) -> None:
    with pytest.raises(ValueError, match=r'cannot read .*nowhere\.yaml: No such file'):
        read_parameters(config / 'nowhere.yaml')
    with pytest.raises(ValueError, match='Is a directory'):
        read_parameters(config)


def test_an_unknown_preset_is_refused_with_the_list_of_presets(config: Path) -> None:
    assert presets(config) == ['slow']
    with pytest.raises(ValueError, match=r"preset must be one of \['slow'\], got 'fast'"):
        merged(config, TrainArguments(preset='fast'))
