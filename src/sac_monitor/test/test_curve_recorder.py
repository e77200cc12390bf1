# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's curves say: everything at its environment step, an evaluation as one, once."""

from __future__ import annotations

from dataclasses import dataclass, field
import sys

import pytest
from sac_monitor.curve_recorder import CurveRecorder
from sac_monitor.records import episode_record, metrics_record
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState
from sac_monitor.wandb_run import WandbRun


@dataclass(eq=False)
class Notebook:
    """A writer that keeps what it is told, and may be broken."""

    broken: bool = False
    points: list[tuple[str, int, float]] = field(default_factory=list)
    ended: bool = False

    def begin(self, run_dir):
        if self.broken:
            raise OSError('no room')

    def write(self, points, *, env_steps, time):
        self.begin(None)
        self.points += [(each.curve.name, env_steps, each.value) for each in points]

    def close(self):
        self.ended = True

    def curve(self, name):
        return [(step, value) for each, step, value in self.points if each == name]


def episode(number, env_steps, value, *, evaluation=False):
    return EpisodeReport(
        actor='/actor',
        actor_session=1,
        episode_id=number,
        env_steps=env_steps,
        length=100,
        episode_return=value,
        evaluation=evaluation,
    )


def drive(state, curves, *episodes):
    for each in episodes:
        state.receive_episode(each)
        curves.record_episode(episode_record(each, state, 1.8e9))
        curves.record_metrics(metrics_record(state, 1.8e9))


def test_metrics_and_episodes_become_curves_over_environment_steps(tmp_path, clock):
    state, notebook = RunState(clock=clock), Notebook()
    curves = CurveRecorder(state, [notebook], print)
    curves.begin(tmp_path)
    state.receive_actor(ActorReport(actor='/actor', actor_session=1, env_steps=90))
    curves.record_metrics(metrics_record(state, 1.8e9))
    state.receive_learner(
        LearnerReport(learner_session=7, metrics={'critic_loss': 0.5}, target_utd=8.0)
    )
    drive(state, curves, episode(0, 100, -20.0), episode(1, 200, -10.0))
    assert notebook.curve('return/episode') == [(100, -20.0), (200, -10.0)]
    assert notebook.curve('return/mean') == [(100, -20.0), (200, -15.0)]  # unknown before
    assert notebook.curve('loss/critic') == [(100, 0.5), (200, 0.5)]
    assert notebook.curve('learner/utd_target')[-1] == (200, 8.0)


def test_an_evaluation_is_one_point_when_it_has_ended(tmp_path, clock):
    state, notebook = RunState(clock=clock), Notebook()
    curves = CurveRecorder(state, [notebook], print)
    curves.begin(tmp_path)
    drive(state, curves, episode(0, 100, -20.0))
    drive(state, curves, *(episode(n, 100, 10.0 * n, evaluation=True) for n in (1, 2)))
    assert notebook.curve('evaluation/return_mean') == []
    drive(state, curves, episode(3, 200, -10.0))
    assert notebook.curve('evaluation/return_mean') == [(100, 15.0)]
    drive(state, curves, episode(4, 200, 50.0, evaluation=True))
    curves.close()
    assert notebook.curve('evaluation/return_mean') == [(100, 15.0), (200, 50.0)]
    assert notebook.curve('evaluation/episodes') == [(100, 2.0), (200, 1.0)]
    assert len(notebook.curve('return/episode')) == 2
    assert notebook.ended


def test_a_resumed_monitor_does_not_draw_an_earlier_evaluation_again(tmp_path, clock):
    state, notebook = RunState(clock=clock), Notebook()
    before = [episode(0, 100, 1.0, evaluation=True), episode(1, 200, 2.0)]
    state.restore(episodes=[(each, each.env_steps) for each in before])
    curves = CurveRecorder(state, [notebook], print)
    curves.begin(tmp_path)
    drive(state, curves, episode(2, 300, 3.0))
    assert notebook.curve('evaluation/return_mean') == []


def test_a_writer_that_fails_is_reported_once_and_does_not_hinder_the_others(tmp_path, clock):
    state, errors, good = RunState(clock=clock), [], Notebook()
    curves = CurveRecorder(state, [Notebook(broken=True), good], errors.append)
    curves.begin(tmp_path)
    drive(state, curves, episode(0, 100, -20.0), episode(1, 200, -10.0))
    curves.close()
    assert errors == ['cannot write curves: no room']
    assert len(good.curve('return/episode')) == 2


def test_without_the_package_wandb_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'wandb', None)
    with pytest.raises(ValueError, match=r"wandb 'offline' needs a package .*: pip install"):
        WandbRun(mode='offline', project='p', name='')


def test_offline_runs_are_kept_and_gone_on_with(tmp_path, clock, monkeypatch):
    pytest.importorskip('wandb', reason='the package wandb is not installed')
    monkeypatch.setenv('WANDB_DIR', str(tmp_path))
    for first in (0, 2):
        state = RunState(clock=clock)
        curves = CurveRecorder(
            state, [WandbRun(mode='offline', project='p', name='')], pytest.fail
        )
        curves.begin(tmp_path)
        state.receive_actor(ActorReport(actor='/actor', actor_session=1, env_steps=0))
        drive(state, curves, *(episode(n, 100 * n, -1.0) for n in (first, first + 1)))
        curves.close()
    name = (tmp_path / 'wandb' / 'run_id').read_text()
    runs = sorted((tmp_path / 'wandb').glob(f'offline-run-*-{name}'))
    assert runs
    assert all(list(each.glob('*.wandb')) for each in runs)
