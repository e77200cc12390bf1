# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Arguments of a run: what is accepted, and what the user reads about the rest."""

import pytest
from sac_bringup.arguments import PolicyArguments, table, TrainArguments
from sac_bringup.parsing import parse, refuse_unknown, show, split


def test_texts_become_values_of_the_declared_types() -> None:
    words = 'env_id:=Hopper-v5 control_rate:=0 seed:=3 hidden_dims:=[64,32] actors:=2'
    arguments = parse(split(words.split()), TrainArguments)
    assert arguments.env_id == 'Hopper-v5'
    assert isinstance(arguments.control_rate, float)
    assert arguments.control_rate == 0.0
    assert arguments.seed == 3
    assert arguments.hidden_dims == (64, 32)
    assert arguments.actors == 2


def test_an_empty_text_is_the_same_as_none() -> None:
    texts = {each.name: each.default for each in table(TrainArguments)}
    assert parse(texts, TrainArguments) == TrainArguments()
    assert parse({}, TrainArguments) == TrainArguments()


def test_a_value_may_hold_the_separator() -> None:
    assert parse(split(['run_dir:=a:=b']), TrainArguments).run_dir == 'a:=b'


@pytest.mark.parametrize(('text', 'value'), [('true', True), ('False', False)])
def test_booleans_are_true_or_false(text: str, value: bool) -> None:
    arguments = parse({'checkpoint': 'c', 'deterministic': text}, PolicyArguments)
    assert arguments.deterministic is value


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['sede:=3'], r"unknown argument 'sede', did you mean seed\? valid are robot, task, "),
        (['xyz:=3'], "unknown argument 'xyz'; valid are robot"),
        (['seed'], "malformed argument 'seed': write key:=value"),
        (['seed=3'], "malformed argument 'seed=3'"),
        ([':=3'], "malformed argument ':=3'"),
        (['run_dir:=/a\udcff'], r"run_dir must be UTF-8, got b'/a\\xff'"),
        (['seed:=1', 'seed:=2'], "seed is given twice: '1' and '2'"),
        (['seed:=x'], "seed must be an integer, got 'x'"),
        (['seed:=1.5'], "seed must be an integer, got '1.5'"),
        (['seed:=-1'], 'seed must be at least 0, got -1'),
        (['control_rate:=-1'], r'control_rate must be in \[0, 1000\], got -1\.0'),
        (['control_rate:=nan'], "control_rate must be a number, got 'nan'"),
        (['control_rate:=inf'], "control_rate must be a number, got 'inf'"),
        (['control_rate:=fast'], "control_rate must be a number, got 'fast'"),
        (['hidden_dims:=[64,x]'], 'hidden_dims must be a list of integers'),
        (['hidden_dims:=[0]'], 'hidden_dims must be at least 1'),
        (['actors:=0'], 'actors must be at least 1, got 0'),
        (['log_level:=loud'], r"log_level must be one of \['debug', .*'loud'"),
    ],
)
def test_bad_words_are_refused_by_name_and_value(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(split(words), TrainArguments)


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(ValueError, match='argument checkpoint is missing'):
        parse({}, PolicyArguments)


def test_arguments_of_another_run_are_unknown() -> None:
    refuse_unknown(['checkpoint'], PolicyArguments)
    with pytest.raises(ValueError, match="unknown argument 'checkpoint'"):
        refuse_unknown(['checkpoint'], TrainArguments)


def test_the_list_shows_every_argument_with_its_default() -> None:
    text = show(TrainArguments, {'control_rate': '50.0'})
    for each in table(TrainArguments):
        assert f'  {each.name}:=' in text
        assert each.setting.description in text
    assert 'control_rate:=50.0' in text
    assert 'actors:=1' in text
    assert 'checkpoint:=  (required)' in show(PolicyArguments, {})


@pytest.mark.parametrize(
    ('text', 'values'),
    [
        ('[a,b]', ('a', 'b')),
        ('a, b ', ('a', 'b')),
        ('["/run, both", c]', ('/run, both', 'c')),
        ("['a, b','c']", ('a, b', 'c')),
        ('[it\'s, 5" tall]', ("it's", '5" tall')),
        ('[runs/a[1],(b)]', ('runs/a[1]', '(b)')),
        ('runs/a[1]', ('runs/a[1]',)),
        ('[Läufe/eins zwei]', ('Läufe/eins zwei',)),
    ],
)
def test_a_list_of_paths_may_hold_any_name(text: str, values: tuple[str, ...]) -> None:
    assert parse({'prior_data': text}, TrainArguments).prior_data == values
