# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The table of metrics agrees with the messages, and an algorithm's metrics travel by name."""

from __future__ import annotations

import math
from pathlib import Path
import re

import pytest
from sac_core.metric import Source
from sac_core.metrics import METRICS, rows_of
from sac_core.reported_metrics import (
    check_names,
    fill_metrics,
    metrics_from,
    MOST_METRICS,
    row_of,
    values_of,
)
from sac_core.states import ActorState, LearnerState, StopCode
from sac_interfaces.msg import ActorStatus, Episode, LearnerStatus

MESSAGES = Path(__file__).parents[2] / 'sac_interfaces' / 'msg'
STATUSES = {
    Source.LEARNER: LearnerStatus,
    Source.ACTOR: ActorStatus,
    Source.EPISODE: Episode,
}


def unit_in(message: str, field: str) -> str:
    """Give the last unit in the comment of a field; empty where there is none."""
    text = (MESSAGES / f'{message}.msg').read_text(encoding='utf-8')
    (comment,) = re.findall(rf'^\S+ {field} +#(.*)$', text, re.MULTILINE)
    return (re.findall(r'\[([^\]]+)\]', comment) or [''])[-1]


@pytest.mark.parametrize('source', STATUSES)
def test_each_row_is_a_field_of_its_message_in_the_same_unit(source: Source) -> None:
    kind = STATUSES[source]
    types = kind.get_fields_and_field_types()
    for row in rows_of(source):
        if not row.has_field:
            assert row.name not in types
            continue
        unit = unit_in(kind.__name__, row.field)
        assert row.field in types, row.name
        if types[row.field] in ('float', 'double') and unit != 'learner steps':
            assert unit == (row.unit or '1'), row.name


def test_the_fields_for_rqt_plot_are_those_of_the_rows_that_have_one() -> None:
    types = LearnerStatus.get_fields_and_field_types()
    for row in rows_of(Source.ALGORITHM):
        assert (row.name in types) == row.has_field, row.name
        if row.has_field:
            assert unit_in('LearnerStatus', row.name) == row.unit


def test_every_number_of_a_status_has_a_row_but_for_what_identifies_it() -> None:
    for source, kind in ((Source.LEARNER, LearnerStatus), (Source.ACTOR, ActorStatus)):
        fields = {row.field for row in rows_of(source)}
        fields |= {row.field for row in rows_of(Source.ALGORITHM)}
        numbers = {
            name
            for name, kind in kind.get_fields_and_field_types().items()
            if kind in ('float', 'uint32', 'uint64')
        }
        others = {'run_id', 'learner_session', 'actor_session', 'max_env_steps'}
        assert numbers - fields <= others


@pytest.mark.parametrize(
    ('names', 'message', 'prefix'),
    [
        (ActorState, ActorStatus, 'STATE_'),
        (LearnerState, LearnerStatus, 'STATE_'),
        (StopCode, ActorStatus, 'STOP_'),
    ],
)
def test_states_are_the_constants_of_the_messages(names: type, message: type, prefix: str) -> None:
    text = (MESSAGES / f'{message.__name__}.msg').read_text(encoding='utf-8')
    there = dict(re.findall(rf"^string {prefix}(\w+) = '(\w+)'", text, re.MULTILINE))
    here = {name: value for name, value in vars(names).items() if name.isupper()}
    assert here == there
    assert all(getattr(message, f'{prefix}{name}') == value for name, value in here.items())


def test_an_algorithms_metrics_are_read_back_as_they_were_reported() -> None:
    status = LearnerStatus()
    fill_metrics(status, {'q_mean': 0.1, 'td_error': 7.0}, Source.LEARNER)
    assert metrics_from(status, Source.LEARNER) == {'q_mean': 0.1, 'td_error': 7.0}
    assert status.q_mean == pytest.approx(0.1)
    assert math.isnan(status.temperature)  # which this algorithm does not have
    shown = values_of(status, Source.LEARNER, 'training')
    assert (shown['q_mean'], shown['td_error'], shown['env_steps']) == (0.1, 7.0, 0)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('TD error', 'must be up to 40 lower-case letters'),
        ('a' * 41, 'must be up to 40 lower-case letters'),
        ('env_steps', 'env_steps must have a name that nothing else has'),
        ('steps_per_second', 'steps_per_second must have a name'),
        ('state', 'state must have a name that nothing else has'),
    ],
)
def test_a_name_that_something_else_has_is_refused(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_names([name], Source.LEARNER)


def test_a_status_whose_names_and_values_do_not_belong_together_is_refused() -> None:
    status = LearnerStatus(metric_names=['q_mean', 'td_error'], metric_values=[1.0])
    with pytest.raises(ValueError, match='as many as metric_names, 2, got 1'):
        metrics_from(status, Source.LEARNER)
    many = [f'metric_{number}' for number in range(MOST_METRICS + 1)]
    with pytest.raises(
        ValueError, match=f'may have {MOST_METRICS} metrics by name, got {len(many)}'
    ):
        check_names(many, Source.LEARNER)


def test_a_metric_without_a_row_is_shown_under_its_own_name() -> None:
    row = row_of('td_error')
    assert (row.name, row.unit, row.panel, row.curve) == ('td_error', '', 'td_error', 'td_error')
    assert row_of('q_mean') is METRICS['q_mean']
