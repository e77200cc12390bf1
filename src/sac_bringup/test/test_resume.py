# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run goes on as it was, but for what is given now; what would make it another is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from sac_bringup.arguments import TrainArguments
from sac_bringup.graph import Plan, train_graph
from sac_bringup.run_lock import RunLocks

CONFIG = Path(__file__).parents[1] / 'config'
GIVEN: dict[str, Any] = {
    'env_id': 'Pendulum-v1',
    'control_rate': 20.0,
    'max_env_steps': 500,
    'hidden_dims': (32, 32),
    'actors': 2,
    'namespace': '/lab/',
    'seed': 4,
}


def train(**arguments: Any) -> Plan:
    return train_graph(TrainArguments(**arguments), config=CONFIG)


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a run that was ended."""
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    path = tmp_path / 'runs' / 'one'
    (tmp_path / 'slow.yaml').write_text('learner: {ros__parameters: {critic_lr: 1.0e-5}}')
    arguments = {**GIVEN, 'params_file': str(tmp_path / 'slow.yaml'), 'preset': 'guide'}
    with RunLocks(train(**arguments, run_dir=str(path))):
        (path / 'metrics.jsonl').touch()
    (tmp_path / 'slow.yaml').unlink()
    return path


def test_an_interrupted_run_is_described_as_it_was(run_dir: Path) -> None:
    before = train(**GIVEN, preset='guide', run_dir=str(run_dir.parent / 'new'))
    after = train(resume=str(run_dir))
    assert after.run_dir == run_dir
    assert [each.label for each in after.processes] == [each.label for each in before.processes]
    run_id = run_ids(after).pop()
    for old, new in zip(before.processes, after.processes, strict=True):
        text = json.dumps(old.parameters).replace(str(before.run_dir), str(run_dir))
        changed = {'critic_lr': 1e-5} if new.name == 'learner' else {}
        assert new.parameters == {**json.loads(text), **changed, 'run_id': run_id}


def run_ids(plan: Plan) -> set[int]:
    return {each.parameters['run_id'] for each in plan.processes}


def test_a_run_keeps_its_number_and_another_one_has_its_own(run_dir: Path) -> None:
    first, again = (run_ids(train(resume=str(run_dir))) for _ in range(2))
    assert first == again
    assert len(first) == 1
    other = run_ids(train(**GIVEN, run_dir=str(run_dir.parent / 'new')))
    assert len(other) == 1
    assert other.isdisjoint(first | {0})


def test_a_run_that_was_written_without_a_number_gets_one(run_dir: Path) -> None:
    path = run_dir / 'run.yaml'
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(''.join(each for each in lines if not each.startswith('run_id')))
    plan = train(resume=str(run_dir))
    (run_id,) = run_ids(plan)
    assert run_id > 0
    assert plan.file is not None
    assert plan.file.run_id == run_id


def test_a_damaged_number_of_the_run_is_named(run_dir: Path) -> None:
    path = run_dir / 'run.yaml'
    path.write_text(path.read_text().replace('run_id: ', 'run_id: -'))
    with pytest.raises(ValueError, match=r'run\.yaml is damaged: run_id is -'):
        train(resume=str(run_dir))


def test_each_process_finds_what_it_left(run_dir: Path) -> None:
    processes = {each.label: each.parameters for each in train(resume=str(run_dir)).processes}
    assert processes['lab/learner']['replay_dir'] == str(run_dir / 'replay')
    assert processes['lab/learner']['checkpoint_dir'] == str(run_dir / 'checkpoints')
    assert processes['lab/actor_1/actor']['state_dir'] == str(run_dir / 'actor_1')
    assert processes['lab/monitor']['resume'] is True


def test_what_is_given_now_goes_over_what_was(run_dir: Path) -> None:
    plan = train(
        resume=str(run_dir), max_env_steps=900, control_rate=0.0, device='cpu', utd_ratio=2
    )
    learner = next(each for each in plan.processes if each.name == 'learner').parameters
    actors = [each.parameters for each in plan.processes if each.name == 'actor']
    assert (learner['device'], learner['lockstep'], learner['utd_ratio']) == ('cpu', True, 2)
    assert [each['max_env_steps'] for each in actors] == [450, 450]
    assert plan.file is not None
    assert plan.file.parameters['actor']['max_env_steps'] == 900


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        ({'env_id': 'Hopper-v5'}, "env_id of .*one is 'Pendulum-v1', got 'Hopper-v5': start a"),
        ({'hidden_dims': (8,)}, r'learner.hidden_dims of .*one is \[32, 32\], got \[8\]'),
        ({'seed': 5}, 'learner.seed of .*one is 4, got 5'),
        ({'actors': 3}, 'actors of .*one is 2, got 3'),
        ({'namespace': 'home'}, "namespace of .*one is 'lab', got 'home'"),
        ({'preset': 'serl'}, "resume and preset cannot both be given, got preset 'serl'"),
        ({'run_dir': 'two'}, "resume and run_dir cannot both be given, got run_dir 'two'"),
    ],
)
def test_what_would_make_it_another_run_is_refused(
    run_dir: Path, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        train(resume=str(run_dir), **given)


def test_a_run_that_is_complete_needs_a_larger_goal(run_dir: Path) -> None:
    (run_dir / 'summary.json').write_text('{"env_steps": 500}')
    with pytest.raises(ValueError, match='has made its 500 environment steps: max_env_steps must'):
        train(resume=str(run_dir))
    train(resume=str(run_dir), max_env_steps=501)
    train(resume=str(run_dir), max_env_steps=0)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'holds no run: there is no run.yaml'),
        ('actors: [', 'run.yaml is damaged'),
        ('[1]', 'run.yaml is damaged'),
        ('{actors: 1}', 'run.yaml is damaged'),
        ('{actors: 1, namespace: "", parameters: 3}', 'run.yaml is damaged'),
        ('{actors: 1, namespace: "", parameters: {learner: 3}}', 'run.yaml is damaged'),
    ],
)
def test_what_is_not_the_directory_of_a_run_is_refused(
    tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / 'run.yaml').write_text(text)
    with pytest.raises(ValueError, match=message):
        train(resume=str(tmp_path))
    with pytest.raises(ValueError, match='nowhere is not a directory'):
        train(resume=str(tmp_path / 'nowhere'))


def test_a_new_run_does_not_take_the_directory_of_another(run_dir: Path) -> None:
    (run_dir / 'metrics.jsonl').unlink()
    with pytest.raises(ValueError, match='already holds a run'):
        train(run_dir=str(run_dir))


def test_a_parameter_that_is_gone_is_named_with_the_file_that_holds_it(run_dir: Path) -> None:
    path = run_dir / 'run.yaml'
    path.write_text(
        path.read_text().replace('    critic_lr:', '    old_parameter: 3\n    critic_lr:')
    )
    pattern = rf"{path}: unknown parameter 'old_parameter' of learner: remove it"
    with pytest.raises(ValueError, match=pattern):
        train(resume=str(run_dir))
