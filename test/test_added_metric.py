# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an algorithm reports is found wherever metrics are shown, with and without a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import metrics_page
import pytest
from sac_core.metric import Metric, Source
from sac_core.metrics import METRICS
from sac_core.reported_metrics import fill_metrics, values_of
from sac_dashboard.dashboard_state import DashboardState
from sac_interfaces.msg import ActorStatus, LearnerStatus
from sac_monitor.curve_recorder import CurveRecorder
from sac_monitor.records import metrics_record, state_from_summary, summary_record
from sac_monitor.reports import ActorReport, LearnerReport, report_from_message
from sac_monitor.run_state import RunState
from sac_monitor.tensorboard_file import TensorBoardFile

pytestmark = pytest.mark.unit

ROW = Metric(
    'td_error',
    'mean absolute TD error',
    Source.ALGORITHM,
    'loss',
    unit='reward',
    over_time='max',
    curve='td_error',
    part='training',
    panel='TD error',
    label='mean',
    axis='log',
)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the row, as a line in the table would."""
    monkeypatch.setitem(METRICS, ROW.name, ROW)


def status() -> LearnerStatus:
    """Report what a learner would, whose algorithm measures one thing more."""
    message = LearnerStatus(learner_session=7, state=LearnerStatus.STATE_TRAINING)
    fill_metrics(message, {'q_mean': 3.0, 'td_error': 0.25}, Source.LEARNER)
    return message


def heard() -> LearnerReport:
    return report_from_message(LearnerReport, status())


def run_state() -> RunState:
    state = RunState()
    state.receive_actor(ActorReport(actor='/actor', actor_session=1, state='running', env_steps=9))
    state.receive_learner(heard())
    return state


def curves_in(directory: Path) -> bytes:
    """Write a line of metrics for TensorBoard and return the file."""
    state = run_state()
    curves = CurveRecorder(state, [TensorBoardFile()], pytest.fail)
    curves.begin(directory)
    curves.record_metrics(metrics_record(state, 1.8e9))
    curves.close()
    (path,) = directory.glob('events.out.tfevents.*')
    return path.read_bytes()


def shown_on_page() -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Give the metric's chart, what the page has of the learner, and the metric's points."""
    state = DashboardState()
    state.receive_actor(ActorReport(actor='/actor', actor_session=1, state='running', env_steps=9))
    state.record()
    _, known = state.snapshot()
    state.receive_learner(heard())
    state.record()
    update, _ = state.update(known)
    if 'td_error' in METRICS:
        assert update is not None
    else:  # an open page has to learn of the new chart
        assert update is None
    content, known = state.snapshot()
    (chart,) = (each for each in content['charts'] if 'td_error' in each['figures'])
    column = content['metrics']['columns'].index('td_error')
    points = [row[column] for row in content['metrics']['recent']]
    assert state.update(known)[0] is not None
    return chart, content['now']['learner'], points


@pytest.mark.usefixtures('listed')
def test_a_metric_with_a_row_is_found_everywhere(tmp_path: Path) -> None:
    assert metrics_record(run_state(), 1.0)['td_error'] == 0.25
    written = curves_in(tmp_path)
    assert b'loss/td_error' in written
    assert b'mean absolute TD error [reward]' in written
    assert values_of(status(), Source.LEARNER, 'training')['td_error'] == 0.25
    chart, learner, points = shown_on_page()
    assert chart['title'] == 'TD error'
    assert (chart['unit'], chart['log'], chart['figures']) == (
        'reward',
        True,
        {'td_error': 'mean'},
    )
    assert (learner['td_error'], points) == (0.25, [None, 0.25])
    assert '| `td_error` | reward | `loss/td_error` |' in metrics_page.page()


def test_a_metric_without_a_row_is_found_under_its_own_name(tmp_path: Path) -> None:
    assert metrics_record(run_state(), 1.0)['td_error'] == 0.25
    assert b'algorithm/td_error' in curves_in(tmp_path)
    assert values_of(status(), Source.LEARNER, 'training')['td_error'] == 0.25
    chart, learner, points = shown_on_page()
    assert (chart['title'], chart['unit'], chart['log']) == ('td_error', '', False)
    assert (learner['td_error'], points) == (0.25, [None, 0.25])


def test_a_metric_of_the_actor_needs_a_row_and_no_field(monkeypatch: pytest.MonkeyPatch) -> None:
    message = ActorStatus(actor='/actor', actor_session=1)
    with pytest.raises(ValueError, match='wheel_slip must have a row'):
        fill_metrics(message, {'wheel_slip': 0.5}, Source.ACTOR)
    row = Metric('wheel_slip', 'of the wheels', Source.ACTOR, 'loop', over_actors='max')
    monkeypatch.setitem(METRICS, row.name, row)
    fill_metrics(message, {'wheel_slip': 0.5, 'blocked_actions': 3}, Source.ACTOR)
    state = run_state()
    state.receive_actor(report_from_message(ActorReport, message))
    other = ActorReport(actor='/b/actor', actor_session=2, metrics={'blocked_actions': 4.0})
    state.receive_actor(other)
    record = metrics_record(state, 1.0)
    assert (record['wheel_slip'], record['blocked_actions']) == (0.5, 7)
    summary = summary_record(state, exit_reason='running', parameters={}, time=1.0)
    restored = state_from_summary(summary)['sessions'][0]
    assert restored.metrics == {'wheel_slip': 0.5, 'blocked_actions': 3.0}


def test_it_survives_a_restart_of_the_monitor() -> None:
    summary = summary_record(run_state(), exit_reason='running', parameters={}, time=1.0)
    restored = state_from_summary(summary)['learner']
    assert restored.metrics['td_error'] == 0.25
    assert restored.metrics['q_mean'] == 3.0


def test_a_summary_of_an_earlier_version_is_read() -> None:
    summary = summary_record(run_state(), exit_reason='running', parameters={}, time=1.0)
    for session in summary['actor_sessions']:
        del session['stop_code']
    assert state_from_summary(summary)['sessions'][0].stop_code == ''
