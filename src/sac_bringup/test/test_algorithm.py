# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner gets the parameters of the algorithm that was chosen, and no others."""

from pathlib import Path
from typing import Any

import pytest
from sac_bringup.arguments import TrainArguments
from sac_bringup.graph import Plan, train_graph
from sac_bringup.run_lock import RunLocks

CONFIG = Path(__file__).parents[1] / 'config'


def train(**arguments: Any) -> Plan:
    return train_graph(TrainArguments(**arguments), config=CONFIG)


def learner(**arguments: Any) -> dict[str, Any]:
    """Parameters of the learner of a run."""
    plan = train(**arguments)
    return next(each.parameters for each in plan.processes if each.name == 'learner')


@pytest.fixture(autouse=True)
def in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))


def user_file(tmp_path: Path, text: str) -> str:
    path = tmp_path / 'user.yaml'
    path.write_text(text)
    return str(path)


def test_sac_is_what_learns_by_default() -> None:
    parameters = learner()
    assert (parameters['algorithm'], parameters['temperature_lr']) == ('sac', 1e-3)
    assert 'policy_delay' not in parameters


def test_another_algorithm_gets_its_own_parameters_and_the_shared_ones(tmp_path: Path) -> None:
    given = user_file(tmp_path, 'learner: {ros__parameters: {policy_delay: 3, n_step: 2}}')
    parameters = learner(algorithm='td3', params_file=given)
    assert (parameters['algorithm'], parameters['policy_delay']) == ('td3', 3)
    assert (parameters['n_step'], parameters['discount']) == (2, 0.99)
    assert 'temperature_lr' not in parameters


@pytest.mark.parametrize('section', ['learner', '/**'])
def test_a_file_may_choose_the_algorithm(tmp_path: Path, section: str) -> None:
    given = user_file(tmp_path, section + ': {ros__parameters: {algorithm: td3}}')
    assert learner(params_file=given)['target_noise'] == 0.2
    assert learner(params_file=given, algorithm='sac')['temperature_lr'] == 1e-3


def test_a_parameter_that_the_algorithm_does_not_have_is_refused_by_name(tmp_path: Path) -> None:
    given = user_file(tmp_path, 'learner: {ros__parameters: {temperature_lr: 1.0e-3}}')
    with pytest.raises(ValueError, match="unknown parameter 'temperature_lr' of learner"):
        learner(algorithm='td3', params_file=given)
    with pytest.raises(ValueError, match=r"preset_serl\.yaml: unknown parameter 'num_critics'"):
        learner(algorithm='td3', preset='serl')


def test_the_parameters_of_an_algorithm_elsewhere_are_left_to_the_learner(tmp_path: Path) -> None:
    given = user_file(tmp_path, 'learner: {ros__parameters: {flavour: hot, batch_size: 64}}')
    parameters = learner(algorithm='package.module:Class', params_file=given)
    assert (parameters['flavour'], parameters['batch_size']) == ('hot', 64)
    assert 'temperature_lr' not in parameters
    given = user_file(tmp_path, 'learner: {ros__parameters: {batch_size: many}}')
    with pytest.raises(ValueError, match=r"learner\.batch_size must be an integer, got 'many'"):
        learner(algorithm='package.module:Class', params_file=given)


def test_a_run_goes_on_with_its_own_algorithm_only(tmp_path: Path) -> None:
    path = tmp_path / 'run'
    with RunLocks(train(algorithm='td3', run_dir=str(path))):
        (path / 'metrics.jsonl').touch()
    assert learner(resume=str(path))['policy_delay'] == 2
    message = f"resume: algorithm of {path} is 'td3', got 'sac': start a new run"
    with pytest.raises(ValueError) as error:
        learner(resume=str(path), algorithm='sac')
    assert str(error.value) == message


def test_a_run_that_was_written_before_there_were_others_is_one_of_sac(tmp_path: Path) -> None:
    path = tmp_path / 'run'
    with RunLocks(train(run_dir=str(path))):
        (path / 'metrics.jsonl').touch()
    text = (path / 'run.yaml').read_text()
    assert '    algorithm: sac\n' in text
    (path / 'run.yaml').write_text(text.replace('    algorithm: sac\n', ''))
    assert learner(resume=str(path))['algorithm'] == 'sac'
    with pytest.raises(ValueError, match=r"algorithm of .* is 'sac', got 'td3'"):
        learner(resume=str(path), algorithm='td3')
