# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the files say: sums over sessions, the worst of several actors, null for unknown."""

from __future__ import annotations

import json
import math

import pytest
from sac_monitor.records import (
    episode_from_record,
    episode_record,
    metrics_record,
    report_from_record,
    summary_record,
)
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState

LEARNER = LearnerReport(
    learner_session=2**63 + 5,
    env_steps=148,
    learner_steps=100,
    critic_updates=800,
    measured_utd=7.9,
    steps_per_second=33.0,
    policy_version=12,
    duplicates=3,
    lost=2,
    metrics={'critic_loss': 0.25},
)


@pytest.fixture
def state(clock, spec) -> RunState:
    state = RunState(actors=2, max_env_steps=1000, clock=clock)
    state.receive_spec(spec)
    first = ActorReport(
        actor='/actor_0/actor',
        actor_session=1,
        env_steps=100,
        transitions_sent=100,
        control_rate=50.0,
        period_max=0.03,
        weights_age=0.2,
        policy_version=12,
    )
    second = ActorReport(
        actor='/actor_1/actor',
        actor_session=2,
        env_steps=50,
        transitions_sent=50,
        overruns=4,
        control_rate=48.0,
        period_max=0.02,
        weights_age=0.5,
        policy_version=11,
    )
    state.receive_actor(first)
    state.receive_actor(second)
    state.receive_learner(LEARNER)
    return state


def test_metrics_hold_sums_and_the_worst_timing_and_are_json(state):
    record = metrics_record(state, 1234.56789)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record['time'] == 1234.568
    assert record['env_steps'] == 150
    assert record['transitions_sent'] == 150
    assert record['overruns'] == 4
    assert record['control_rate'] == 48.0
    assert record['period_max'] == 0.03
    assert record['weights_age'] == 0.5
    assert record['actor_policy_version'] == 11
    assert record['learner_steps_per_second'] == 33.0
    assert record['critic_loss'] == 0.25
    assert record['entropy'] is None
    assert record['return_mean'] is None


def test_metrics_have_the_same_fields_before_anything_is_known(state, clock):
    empty = metrics_record(RunState(clock=clock), 0.0)
    assert list(empty) == list(metrics_record(state, 0.0))
    assert empty['critic_loss'] is None
    assert empty['control_rate'] is None


def test_episodes_count_steps_over_all_actors(state):
    episode = EpisodeReport(
        actor='/actor_1/actor',
        actor_session=2,
        episode_id=0,
        env_steps=60,
        length=60,
        episode_return=-math.inf,
        terminated=True,
    )
    state.receive_episode(episode)
    record = episode_record(episode, state, 5.0)
    assert record['env_steps'] == 160
    assert record['actor_env_steps'] == 60
    assert record['episode_return'] is None
    assert record['terminated'] is True


def test_an_episode_is_recorded_where_it_ended_though_a_newer_status_is_known(state):
    episode = EpisodeReport(
        actor='/actor_1/actor',
        actor_session=2,
        episode_id=0,
        env_steps=20,
        length=20,
        episode_return=1.0,
    )
    state.receive_episode(episode)
    assert state.env_steps == 150
    assert episode_record(episode, state, 5.0)['env_steps'] == 120


def test_summary_has_the_figures_of_the_run(state):
    parameters = {'/learner': {'seed': 3}, '/actor_1/actor': {'seed': 4}, '/monitor': {}}
    record = summary_record(state, exit_reason='running', parameters=parameters, time=7.0)
    wanted = {
        'env_id': 'Pendulum-v1',
        'seed': 3,
        'exit_reason': 'running',
        'env_steps': 150,
        'learner_steps': 100,
        'critic_updates': 800,
        'measured_utd': 7.9,
        'transitions_sent': 150,
        'transitions_stored': 148,
        'duplicates': 3,
        'lost': 2,
        'final_return_mean': None,
        'episodes': 0,
        'policy_version': 12,
        'unfinished': ['actor_0', 'actor_1', 'learner'],
    }
    assert {name: record[name] for name in wanted} == wanted
    json.dumps(record, allow_nan=False)


def test_statuses_are_read_back_from_a_summary_as_they_were(state):
    summary = summary_record(state, exit_reason='running', parameters={}, time=7.0)
    record = json.loads(json.dumps(summary))
    learner = report_from_record(LearnerReport, record['learner'])
    assert (learner.learner_session, learner.metrics['critic_loss']) == (2**63 + 5, 0.25)
    assert math.isnan(learner.metrics['entropy'])
    sessions = [report_from_record(ActorReport, each) for each in record['actor_sessions']]
    assert sessions == list(state.sessions.values())


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        ({'wheels': 4}, 'wheels is unknown'),
        ({'env_steps': '4'}, "env_steps is '4'"),
        ({'control_rate': 'fast'}, "control_rate is 'fast'"),
        ({'final': 1}, 'final is 1'),
    ],
)
def test_a_damaged_status_is_refused(damage, message):
    with pytest.raises(ValueError, match=message):
        report_from_record(ActorReport, {'actor': 'a', 'actor_session': 1, **damage})
    with pytest.raises(ValueError, match='actor_session'):
        report_from_record(ActorReport, {'actor': 'a'})


def test_an_episode_is_read_back_from_its_line(state):
    episode = EpisodeReport(
        actor='/actor_1/actor',
        actor_session=2,
        episode_id=3,
        env_steps=60,
        length=60,
        episode_return=1.5,
        success=True,
        evaluation=True,
        intervened_steps=4,
    )
    state.receive_episode(episode)
    record = json.loads(json.dumps(episode_record(episode, state, 5.0)))
    assert episode_from_record(record) == (episode, 160)
    del record['actor_env_steps']
    with pytest.raises(ValueError, match='env_steps is None'):
        episode_from_record(record)


def test_the_summary_tells_evaluations_and_restarts(state):
    empty = summary_record(state, exit_reason='running', parameters={}, time=7.0)
    assert (empty['eval_episodes'], empty['eval_return_mean']) == (0, None)
    for session, name in ((1, '/actor_0/actor'), (2, '/actor_1/actor'), (3, '/actor_1/actor')):
        state.receive_actor(ActorReport(actor=name, actor_session=session, env_steps=50))
    for number, value in enumerate([10.0, 20.0]):
        state.receive_episode(
            EpisodeReport(
                actor='/actor_1/actor',
                actor_session=3,
                episode_id=number,
                env_steps=50,
                length=5,
                episode_return=value,
                success=number == 0,
                evaluation=True,
            )
        )
    for session in (5, 6, 7):
        state.receive_spec(state.spec, session=session)
    record = summary_record(state, exit_reason='running', parameters={}, time=7.0)
    assert (record['eval_episodes'], record['eval_return_mean']) == (2, 15.0)
    assert (record['eval_return_std'], record['eval_success_rate']) == (5.0, 0.5)
    assert (record['final_return_mean'], record['episodes']) == (None, 0)
    wanted = {'actor_0': 0, 'actor_1': 1, 'learner': 0, 'bridge': 1}  # three bridges of two
    assert record['restarts'] == wanted
