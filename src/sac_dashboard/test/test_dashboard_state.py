# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the page is told of a run: its processes, its curves, its restarts and its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sac_core.testing import FakeClock
from sac_dashboard.dashboard_state import DashboardState
from sac_dashboard.diagnostics import Diagnostic
from sac_dashboard.earlier_records import EarlierRecords
from sac_monitor.recorder import RunRecorder
from sac_monitor.run_state import RunState

from .reports import actor_report, episode_report, learner_report


def now(state: DashboardState) -> dict[str, Any]:
    return dict(json.loads(json.dumps(state.snapshot()[0]['now'], allow_nan=False)))


def column(state: DashboardState, series: str, name: str) -> list[Any]:
    history = state.snapshot()[0][series]
    index = history['columns'].index(name)
    return [row[index] for row in history['recent']]


def test_before_anything_is_heard_it_says_what_is_awaited() -> None:
    content = now(DashboardState())
    assert content['waiting'] == 'waiting for a robot (no env_spec yet)'
    assert (content['actors'], content['learner']) == ([], None)


def test_nothing_is_recorded_until_a_robot_is_driven(clock: FakeClock) -> None:
    state = DashboardState(clock=clock)
    state.record()
    state.receive_actor(actor_report(0, state='waiting'))
    state.record()
    assert column(state, 'metrics', 'env_steps') == []
    state.receive_actor(actor_report(3))
    state.record()
    assert column(state, 'metrics', 'env_steps') == [3]


def test_every_actor_is_shown_with_its_own_figures(clock: FakeClock) -> None:
    state = DashboardState(actors=2, clock=clock)
    state.receive_actor(actor_report(3, actor='/actor_0/actor', overruns=2))
    clock.now += 6.0
    state.receive_actor(actor_report(5, actor='/actor_1/actor', actor_session=6))
    shown = {each['name']: each for each in now(state)['actors']}
    assert shown['actor_0']['overruns'] == 2
    assert (shown['actor_0']['silence'], shown['actor_1']['silence']) == (6.0, 0.0)
    assert now(state)['env_steps'] == 8


def test_the_history_survives_a_restart_of_the_learner(clock: FakeClock) -> None:
    state = DashboardState(clock=clock)
    state.receive_actor(actor_report(100))
    state.receive_learner(learner_report(100, learner_steps=80, metrics={'critic_loss': 0.5}))
    state.record()
    state.receive_learner(
        learner_report(
            0, learner_session=10, state='resuming', metrics={'critic_loss': float('nan')}
        )
    )
    state.record()
    state.receive_learner(learner_report(101, learner_session=10, metrics={'critic_loss': 0.4}))
    state.record()
    assert column(state, 'metrics', 'critic_loss') == [0.5, 0.5, 0.4]
    assert now(state)['restarts'] == {'learner': 1}


def test_an_episode_that_comes_twice_is_one_point(clock: FakeClock) -> None:
    state = DashboardState(clock=clock)
    for number in (0, 1, 1, 0):
        state.receive_episode(episode_report(number))
    assert column(state, 'episodes', 'env_steps') == [100, 200]
    assert column(state, 'episodes', 'return_mean') == [0.0, 0.5]


def test_evaluations_are_no_episodes_of_the_learning_curve(clock: FakeClock) -> None:
    state = DashboardState(clock=clock)
    state.receive_episode(episode_report(0))
    for number in (1, 2):
        state.receive_episode(episode_report(number, evaluation=True))
    assert column(state, 'episodes', 'episode_return') == [0.0]
    ((_, mean, std, episodes),) = now(state)['evaluations']
    assert (mean, std, episodes) == (1.5, 0.5, 2)


def test_a_page_gets_what_is_new_and_begins_again_when_it_lags(clock: FakeClock) -> None:
    state = DashboardState(clock=clock)
    state.receive_actor(actor_report(1))
    _, known = state.snapshot()
    state.record()
    state.receive_episode(episode_report(0))
    update, after = state.update(known)
    assert update is not None
    assert (len(update['metrics']), len(update['episodes'])) == (1, 1)
    assert state.update(after)[0] == {**update, 'metrics': [], 'episodes': []}
    for _ in range(700):
        state.record()
    assert state.update(after)[0] is None


def test_the_emergency_stop_is_known_from_its_topic_or_from_who_obeys_it() -> None:
    state = DashboardState()
    state.receive_actor(actor_report(1, state='holding', stop_code='emergency_stop'))
    assert now(state)['emergency_stop'] is True
    state.receive_emergency_stop(False)
    assert now(state)['emergency_stop'] is False
    state.receive_emergency_stop(True)
    assert now(state)['emergency_stop'] is True


def test_diagnostics_are_those_of_its_own_namespace(clock: FakeClock) -> None:
    state = DashboardState(namespace='left', clock=clock)
    state.receive_diagnostic(Diagnostic('left/actor: safety', 1, 'late', [('p99', '9 ms')]))
    state.receive_diagnostic(Diagnostic('right/actor: safety', 2, 'of another run'))
    clock.now += 4.0
    assert now(state)['diagnostics'] == [
        {
            'name': 'left/actor: safety',
            'level': 'WARN',
            'message': 'late',
            'values': [['p99', '9 ms']],
            'silence': 4.0,
        }
    ]
    assert now(state)['nodes'] == {'left/actor': 4.0}


def recorded_run(run_dir: Path) -> None:
    """Leave what a monitor does that is killed after three episodes."""
    run = RunState()
    recorder = RunRecorder(
        run, run_dir, resume=False, plot_period=1e6, report_error=AssertionError
    )
    run.receive_actor(actor_report(0, overruns=7))
    recorder.begin()
    for number in range(3):
        episode = episode_report(number)
        run.receive_episode(episode)
        recorder.record_episode(episode)
        recorder.record_metrics()
    recorder.refresh()


def test_a_dashboard_that_starts_late_begins_with_the_records(tmp_path: Path) -> None:
    recorded_run(tmp_path)
    with (tmp_path / 'episodes.jsonl').open('a') as stream:
        stream.write('{"actor": 3}\n{"half a li')
    state = DashboardState()
    state.restore(EarlierRecords(tmp_path))
    assert column(state, 'episodes', 'env_steps') == [100, 200, 300]
    assert column(state, 'metrics', 'env_steps') == [100, 200, 300]
    assert column(state, 'metrics', 'overruns') == [7, 7, 7]
    state.receive_episode(episode_report(2))  # latched: it comes once more
    state.receive_episode(episode_report(3))
    assert column(state, 'episodes', 'env_steps') == [100, 200, 300, 400]
    assert now(state)['return_mean'] == 1.5


def test_a_run_without_records_begins_empty(tmp_path: Path) -> None:
    state = DashboardState()
    state.restore(EarlierRecords(tmp_path / 'not there yet'))
    (tmp_path / 'summary.json').write_text('{"sess')
    state.restore(EarlierRecords(tmp_path))
    assert now(state)['env_steps'] == 0
