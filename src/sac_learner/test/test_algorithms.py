# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the learner expects of every algorithm, and how it finds one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
import sys
from typing import Any

import pytest
from sac_core.settings import settings_of
from sac_learner.algorithms.base import Algorithm, Machine
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.algorithms.registry import find_algorithm, known_algorithms
from sac_learner.checkpoint import list_checkpoints, write_checkpoint
from sac_learner.checkpoint_files import (
    decode_description,
    DESCRIPTION_FILE,
    encode_description,
)
from sac_learner.config import LearnerSettings
from sac_learner.learner import Learner
import torch

from .resumed_run import assert_same, batch_number, kill, Run, SPEC, state, train_all
from .test_td3 import make_batch

NAMES = sorted(known_algorithms())
SMALL: dict[str, Any] = {'hidden_dims': (8, 8), 'batch_size': 4, 'utd_ratio': 2}
pytestmark = pytest.mark.timeout(120)


def config_of(name: str, **choices: Any) -> AlgorithmConfig:
    return find_algorithm(name).config_class(**{**SMALL, **choices})


def make(name: str, **choices: Any) -> Algorithm:
    machine = Machine(device='cpu', threads=1)
    return find_algorithm(name).build(config_of(name, **choices), 3, 2, machine)[0]


def train(algorithm: Algorithm, seeds: range) -> None:
    for seed in seeds:
        algorithm.update(make_batch(8, seed=seed))


@pytest.mark.parametrize('name', NAMES)
def test_it_is_a_function_of_its_seed_and_its_batches(name: str) -> None:
    first, same, other = make(name, seed=3), make(name, seed=3), make(name, seed=4)
    for each in (first, same, other):
        train(each, range(5))
    assert first.steps == 5
    assert first.metrics() == same.metrics() != other.metrics()
    assert_same(first.state_dict(), same.state_dict())


@pytest.mark.parametrize('name', NAMES)
def test_it_continues_from_a_copied_state_bit_for_bit(name: str) -> None:
    first, restored = make(name), make(name, seed=9)
    train(first, range(3))
    restored.load_state_dict(first.state_dict())
    for each in (first, restored):
        train(each, range(3, 6))
    assert_same(first.state_dict(), restored.state_dict())


@pytest.mark.parametrize('name', NAMES)
def test_a_state_of_other_networks_is_refused_by_name_and_nothing_is_loaded(name: str) -> None:
    algorithm = make(name)
    before = algorithm.state_dict()
    with pytest.raises(ValueError, match=r'actor\.hidden\.1\.weight'):
        algorithm.load_state_dict(make(name, hidden_dims=(8, 9), seed=1).state_dict())
    assert_same(algorithm.state_dict(), before)


@pytest.mark.parametrize('name', NAMES)
def test_a_batch_of_another_size_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match='batch must hold 8 transitions'):
        make(name).update(make_batch(9))


@pytest.mark.parametrize('name', NAMES)
def test_its_policy_has_the_tensors_that_its_architecture_names(name: str) -> None:
    algorithm = make(name, layer_norm_actor=True)
    tensors = algorithm.policy_tensors()
    shapes = {each: tensor.shape for each, tensor in tensors.items()}
    assert shapes == algorithm.architecture.tensor_shapes()
    copied = algorithm.copy_policy()
    train(algorithm, range(2))
    assert all((copied.tensors()[each] == tensors[each]).all() for each in tensors)


@pytest.mark.parametrize('name', NAMES)
def test_it_measures_nothing_before_the_first_step_and_then_finite_numbers(name: str) -> None:
    algorithm = make(name)
    assert algorithm.metrics() == {}
    train(algorithm, range(2))
    metrics = algorithm.metrics()
    assert {'critic_loss', 'actor_loss', 'q_mean'} <= set(metrics)
    assert all(type(each) is float for each in metrics.values())


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('layers', ['last', 'all'])
def test_a_reset_renews_what_is_named(name: str, layers: str) -> None:
    algorithm = make(name, reset_layers=layers)
    train(algorithm, range(4))
    before = algorithm.state_dict()
    algorithm.reset()
    after = algorithm.state_dict()
    for each in ('steps', 'generator'):
        assert torch.equal(before[each], after[each])
    for each in (each for each in after if each.endswith('.weight')):
        owner, _, place = each.partition('.')
        if owner in algorithm.networks:
            is_renewed = not torch.equal(before[each], after[each])
            is_norm = 'norm' in each
            assert is_renewed or is_norm or (layers == 'last' and place.startswith('hidden'))
            assert not (is_renewed and layers == 'last' and place.startswith('hidden'))
        elif owner in algorithm.optimizers:
            assert not after[each].any()


@pytest.mark.parametrize('name', NAMES)
def test_a_killed_learner_goes_on_with_it_bit_for_bit(tmp_path: Path, name: str) -> None:
    config = config_of(name, reset_period=25, model_share=0.5, model_members=2)
    config = replace(config, model_hidden_dims=(8,))

    def open_in(directory: str) -> tuple[Run, Learner]:
        run = Run(tmp_path / directory, lambda config: make(name, **vars(config)))
        return run, run.open(config=config, algorithm=name)

    def work(learner: Learner, batches: range) -> None:
        learner.new_policy()
        for n in batches:
            learner.store(batch_number(n))
            train_all(learner)

    _, undisturbed = open_in('one')
    work(undisturbed, range(8))
    run, learner = open_in('two')
    work(learner, range(5))
    write_checkpoint(run.checkpoints, learner.snapshot(), config, SPEC, algorithm=name)
    learner.store(batch_number(5))
    kill(learner)
    learner = run.open(config=config, algorithm=name)
    train_all(learner)
    for n in range(6, 8):
        learner.store(batch_number(n))
        train_all(learner)
    assert learner.algorithm.steps == undisturbed.algorithm.steps == 36
    assert_same(state(learner), state(undisturbed))


def test_a_checkpoint_of_another_algorithm_is_refused_in_one_line(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open()
    run.save(learner)
    kill(learner)
    run.make_step = lambda config: make('td3')
    with pytest.raises(ValueError, match='is of the algorithm sac, got td3: start a new run') as e:
        run.open(config=config_of('td3'), algorithm='td3')
    assert '\n' not in str(e.value)


def test_a_checkpoint_that_names_no_algorithm_is_one_of_sac(tmp_path: Path) -> None:
    run = Run(tmp_path)
    learner = run.open()
    run.save(learner)
    kill(learner)
    path = list_checkpoints(run.checkpoints)[-1] / DESCRIPTION_FILE
    described = decode_description(path.read_bytes())
    assert described.pop('algorithm') == 'sac'
    path.write_bytes(encode_description(described))
    kill(run.open())
    assert run.resumed.startswith('continuing from step_')


def test_an_unknown_name_is_refused_naming_the_known_ones() -> None:
    with pytest.raises(ValueError, match="one of sac, td3, or MODULE:Class, got 'ppo'"):
        find_algorithm('ppo')


OTHER = """
from dataclasses import dataclass
from sac_core.settings import setting
from sac_learner.algorithms.td3 import Td3, Td3Config

@dataclass(frozen=True, kw_only=True)
class OtherConfig(Td3Config):
    flavour: str = setting('mild', 'How hot it is.', choices=('mild', 'hot'))

class Other(Td3):
    config_class = OtherConfig
"""


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that offers an algorithm, as pip installs it."""
    (tmp_path / 'other_algorithms.py').write_text(OTHER)
    described = tmp_path / 'other-1.0.dist-info'
    described.mkdir()
    (described / 'METADATA').write_text('Metadata-Version: 2.1\nName: other\nVersion: 1.0\n')
    (described / 'entry_points.txt').write_text(
        '[sac.algorithms]\nmine = other_algorithms:Other\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'other_algorithms', raising=False)
    return tmp_path


@pytest.mark.parametrize('name', ['mine', 'other_algorithms:Other'])
def test_an_algorithm_of_another_package_is_found_and_trains(other: Path, name: str) -> None:
    algorithm = make(name, flavour='hot')
    assert 'flavour' in {each.name for each in settings_of(type(algorithm.config))}
    train(algorithm, range(2))
    assert algorithm.steps == 2


def test_the_example_of_the_documentation_is_an_algorithm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / 'docs' / 'new_algorithm.md').read_text()
    (tmp_path / 'ddpg.py').write_text(page.partition('```python\n')[2].partition('```')[0])
    monkeypatch.syspath_prepend(str(tmp_path))
    first, restored = make('ddpg:Ddpg'), make('ddpg:Ddpg', seed=9)
    train(first, range(2))
    first.reset()
    restored.load_state_dict(first.state_dict())
    for each in (first, restored):
        train(each, range(2, 4))
    assert_same(first.state_dict(), restored.state_dict())


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('nowhere:Other', "'nowhere:Other' cannot be imported: No module named 'nowhere'"),
        ('other_algorithms:Missing', 'cannot be imported: .*Missing'),
        ('other_algorithms:OtherConfig', 'must be a subclass of Algorithm, got .*OtherConfig'),
    ],
)
def test_what_is_no_algorithm_is_refused_by_name(other: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_algorithm(name)


def test_the_settings_of_the_process_belong_to_none_of_them() -> None:
    process = {each.name for each in settings_of(LearnerSettings)}
    for name in NAMES:
        own = {each.name for each in settings_of(find_algorithm(name).config_class)}
        assert not own & process
