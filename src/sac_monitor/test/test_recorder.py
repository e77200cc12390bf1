# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Recording a run: from its begin to its end, across a kill, past a failed write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sac_monitor.recorder import RunRecorder
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_directory import read_lines
from sac_monitor.run_state import RunState


def recorder(state, path, clock, *, resume=False, errors=None):
    return RunRecorder(
        state,
        path,
        resume=resume,
        plot_period=30.0,
        report_error=(errors if errors is not None else []).append,
        clock=clock,
        wall_clock=lambda: 1.8e9,
    )


def episode(number, env_steps, value):
    return EpisodeReport(
        actor='/actor',
        actor_session=1,
        episode_id=number,
        env_steps=env_steps,
        length=200,
        episode_return=value,
    )


def summary(path: Path):
    return json.loads((path / 'summary.json').read_text())


def test_a_run_leaves_all_its_files(tmp_path, clock, spec):
    path = tmp_path / 'run'
    state = RunState(clock=clock)
    record = recorder(state, path, clock)
    record.record_parameters('/monitor', {'actors': 1})
    record.record_metrics()
    record.refresh()
    assert not path.exists()  # nothing has begun

    state.receive_spec(spec)
    record.begin()
    record.record_parameters('/learner', {'seed': 5})
    assert summary(path)['exit_reason'] == 'running'
    state.receive_actor(ActorReport(actor='/actor', actor_session=1, env_steps=200))
    record.record_metrics()
    finished = episode(0, 200, -100.0)
    state.receive_episode(finished)
    record.record_episode(finished)
    record.finish('max_env_steps')

    assert {each.name for each in path.iterdir()} == {
        'config.yaml',
        'episodes.jsonl',
        'learning_curve.png',
        'metrics.jsonl',
        'summary.json',
    }
    assert summary(path)['exit_reason'] == 'max_env_steps'
    assert summary(path)['final_return_mean'] == -100.0
    assert summary(path)['seed'] == 5
    assert len(read_lines(path / 'metrics.jsonl')) == 2  # the last one as the run ended
    assert not record.failed


def test_the_learning_curve_is_drawn_anew_at_its_period(tmp_path, clock, spec):
    state = RunState(clock=clock)
    record = recorder(state, tmp_path, clock)
    state.receive_spec(spec)
    record.begin()
    record.refresh()
    clock.now += 31.0
    record.refresh()
    record.drawing.result(timeout=30.0)
    assert (tmp_path / 'learning_curve.png').exists()
    record.finish('interrupted')


def test_a_killed_monitor_goes_on_where_it_was(tmp_path, clock, spec):
    state = RunState(clock=clock)
    killed = recorder(state, tmp_path, clock)
    state.receive_spec(spec)
    killed.begin()
    state.receive_actor(ActorReport(actor='/actor', actor_session=1, env_steps=400))
    state.receive_learner(LearnerReport(learner_session=7, learner_steps=100))
    for number, value in enumerate([0.0, -200.0]):
        finished = episode(number, 200 * (number + 1), value)
        state.receive_episode(finished)
        killed.record_episode(finished)
    clock.now += 10.0
    killed.refresh()

    with pytest.raises(ValueError, match='holds another run'):
        recorder(RunState(clock=clock), tmp_path, clock)

    resumed = RunState(clock=clock)
    record = recorder(resumed, tmp_path, clock, resume=True)
    resumed.receive_spec(spec)
    record.begin()
    resumed.receive_actor(ActorReport(actor='/actor', actor_session=2, env_steps=450))
    clock.now += 1.0
    record.finish('max_env_steps')
    after = summary(tmp_path)
    assert after['env_steps'] == 450
    assert after['final_return_mean'] == -100.0
    assert after['learner_steps'] == 100
    assert after['wall_s'] == pytest.approx(11.0)
    assert after['episodes'] == 2
    assert after['restarts'] == {'actor': 1, 'learner': 0}
    assert len(read_lines(tmp_path / 'episodes.jsonl')) == 2


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('summary.json', ''),
        ('summary.json', '{"wall_s": 3.0}'),
        ('summary.json', '{"wall_s": 3, "sessions": {}, "actor_sessions": [{"actor": 3}]}'),
        ('episodes.jsonl', '{"episode_id": 3}\n'),
    ],
)
def test_damaged_records_are_reported_and_the_run_goes_on(tmp_path, clock, spec, name, text):
    (tmp_path / name).write_text(text)
    errors: list[str] = []
    state = RunState(clock=clock)
    record = recorder(state, tmp_path, clock, resume=True, errors=errors)
    assert len(errors) == 1
    assert name in errors[0]
    state.receive_spec(spec)
    record.begin()
    state.receive_actor(ActorReport(actor='/actor', actor_session=2, env_steps=50))
    record.finish('max_env_steps')
    assert summary(tmp_path)['env_steps'] == 50


def test_a_file_that_cannot_be_written_is_reported_once_and_the_run_goes_on(tmp_path, clock, spec):
    errors: list[str] = []
    state = RunState(clock=clock)
    record = recorder(state, tmp_path, clock, errors=errors)
    state.receive_spec(spec)
    record.begin()

    in_the_way = tmp_path / '.summary.json.part'
    in_the_way.mkdir()
    record.refresh()
    record.refresh()
    in_the_way.rmdir()
    assert len(errors) == 1
    assert errors[0].startswith(f'cannot write the records in {tmp_path}: ')
    assert record.failed
    record.finish('interrupted')  # now it can be written again
    assert summary(tmp_path)['exit_reason'] == 'interrupted'
    assert not record.failed
