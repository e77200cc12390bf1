# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node parameters of a run: what goes over what, and which files are refused."""

from pathlib import Path

import pytest
from sac_bringup.arguments import TrainArguments
from sac_bringup.configuration import configure, presets
from sac_bringup.parameter_file import Parameters, read_parameters
import yaml

DEFAULT = """
/**/actor:
  ros__parameters: {control_rate: 50.0, seed: 0, max_env_steps: 0}
/**/learner:
  ros__parameters: {utd_ratio: 8, hidden_dims: [256, 256], tau: 0.005, device: auto, seed: 0}
/**/sim_bridge:
  ros__parameters: {env_id: HalfCheetah-v5, env_kwargs: '', seed: 0}
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


def test_keyword_arguments_may_be_a_mapping_or_its_text(config: Path) -> None:
    text = 'sim_bridge: {ros__parameters: {env_kwargs: {g: 9.81, terms: [a, b], in: {x: 1e-3}}}}'
    parameters = merged(config, user_file(config, text))
    written = yaml.safe_load(parameters['sim_bridge']['env_kwargs'])
    assert written == {'g': 9.81, 'terms': ['a', 'b'], 'in': {'x': 0.001}}
    parameters = merged(config, TrainArguments(env_kwargs='{g: 1.6}'))
    assert parameters['sim_bridge']['env_kwargs'] == '{g: 1.6}'


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


@pytest.mark.parametrize('text', ['1e-3', '1E-3', '1.e-3', '+1e-03', '.1e-2', '0.001'])
def test_a_number_is_one_in_every_notation_that_ros_takes(config: Path, text: str) -> None:
    arguments = user_file(config, f'learner: {{ros__parameters: {{tau: {text}}}}}')
    assert merged(config, arguments)['learner']['tau'] == 0.001


@pytest.mark.parametrize('text', ['1:30', '2026-12-01', 'e5', '1.2.3', '-', '.'])
def test_what_is_no_number_to_ros_stays_a_string(config: Path, text: str) -> None:
    arguments = user_file(config, f'learner: {{ros__parameters: {{device: {text}}}}}')
    assert merged(config, arguments)['learner']['device'] == text


@pytest.mark.parametrize('name', ['/**', '/*'])
def test_a_section_for_all_nodes_reaches_those_that_have_the_parameter(
    config: Path, name: str
) -> None:
    text = (
        'learner: {ros__parameters: {seed: 1}}\n'
        f'{name}: {{ros__parameters: {{seed: 2, tau: 1.0}}}}'
    )
    parameters = merged(config, user_file(config, text))
    assert (parameters['learner']['seed'], parameters['actor']['seed']) == (1, 2)
    assert parameters['learner']['tau'] == 1.0
    assert 'tau' not in parameters['actor']


def test_every_node_takes_a_parameter_that_all_nodes_of_ros_have(config: Path) -> None:
    text = '/**: {ros__parameters: {use_sim_time: true}}'
    parameters = merged(config, user_file(config, text))
    assert all(values['use_sim_time'] for values in parameters.values())


def test_two_sections_of_a_node_are_taken_together(config: Path) -> None:
    text = '/learner: {ros__parameters: {tau: 0.1}}\n/**/learner: {ros__parameters: {seed: 3}}'
    learner = merged(config, user_file(config, text))['learner']
    assert (learner['tau'], learner['seed']) == (0.1, 3)


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_a_file_from_windows_is_taken(config: Path, encoding: str) -> None:
    path = config / 'user.yaml'
    path.write_bytes('learner:\r\n  ros__parameters:\r\n    tau: 0.5\r\n'.encode(encoding))
    assert merged(config, TrainArguments(params_file=str(path)))['learner']['tau'] == 0.5


@pytest.mark.parametrize('text', ['', '# nothing yet', 'learner:', 'learner: {ros__parameters: }'])
def test_a_file_whose_values_are_commented_out_changes_nothing(config: Path, text: str) -> None:
    assert merged(config, user_file(config, text)) == merged(config, TrainArguments())


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
        ('device: 3', 'learner.device must be a string, got 3: put it in quotes'),
        ('device: off', "learner.device must be a string, got False: put it in quotes, as 'off'"),
        ('hidden_dims: 64', 'learner.hidden_dims must be a list, got 64'),
        ('hidden_dims: []', 'learner.hidden_dims must be a list, got []'),
        ('tau: .nan', 'learner.tau must be a finite number, got nan'),
        ('tau: -.inf', 'learner.tau must be a finite number, got -inf'),
        ('tau: 1.0e+400', 'learner.tau must be a finite number, got inf'),
        (f'tau: {10**400}', 'learner.tau must be a finite number, got 1000'),
        (f'seed: {2**63}', f'learner.seed must be an integer of 64 bits, got {2**63}'),
        (f'hidden_dims: [{2**70}]', 'learner.hidden_dims must be an integer of 64 bits'),
        ('hidden_dims: [a]', "learner.hidden_dims must be an integer, got 'a'"),
        (
            'utd_ration: 8',
            "unknown parameter 'utd_ration' of learner: remove it, or correct it to",
        ),
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
        ('/**: {ros__parameters: {sead: 8}}', "unknown parameters ['sead']: no node has them"),
        ('learner: {utd_ratio: 8}', 'learner must hold ros__parameters'),
        ('learner: {ros__parameters: 8}', 'ros__parameters of learner must be a mapping, got 8'),
        (
            'a: {ros__parameters: {b: 1}}\n/a: {ros__parameters: {b: 2}}',
            'b of a is given twice, under a and under /a',
        ),
        (
            'learner:\n  ros__parameters:\n    tau: 0.1\n    tau: 0.2\n',
            "'tau' is given twice, in the lines 3 and 4",
        ),
        ('a: {}\na: {}', "'a' is given twice, in the lines 1 and 2"),
        ('[1, 2]', 'must map node names to parameters'),
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
