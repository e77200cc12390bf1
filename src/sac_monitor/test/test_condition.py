# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How a run is doing, in words: what it waits for, what troubles it, why it ended."""

from __future__ import annotations

from sac_monitor.condition import (
    awaited,
    duplicate_nodes,
    exit_reason,
    restarts,
    waiting,
    warnings_of,
)
from sac_monitor.reports import ActorReport, LearnerReport
from sac_monitor.run_state import RunState, SILENT_AFTER


def actor(session, env_steps=0, name='/actor', **values):
    return ActorReport(actor=name, actor_session=session, env_steps=env_steps, **values)


def test_says_what_the_run_waits_for_until_a_robot_moves(clock, spec):
    state = RunState(clock=clock)
    assert waiting(state) == 'waiting for a robot (no env_spec yet)'
    state.receive_spec(spec)
    assert waiting(state) == 'waiting for an actor (no actor/status yet)'
    state.receive_actor(actor(1, waiting_for='policy_weights from a learner'))
    assert waiting(state) == 'actor waits for policy_weights from a learner'
    state.receive_learner(LearnerReport(learner_session=1, waiting_for='env_spec'))
    assert waiting(state).endswith('learner waits for env_spec')
    state.receive_actor(actor(2, name='/b/other', waiting_for='policy_weights from a learner'))
    assert waiting(state).startswith('actor and other wait for policy_weights from a learner')
    state.receive_actor(actor(1, 5))
    assert waiting(state) == ''
    state.receive_actor(actor(1, 5, waiting_for='observation'))
    assert waiting(state) == ''  # it has started: what is known of it stays in view


def test_reports_absent_waiting_and_silent_nodes_while_the_others_go_on(clock, spec):
    state = RunState(actors=3, clock=clock)
    state.receive_spec(spec)
    state.receive_actor(actor(1, 10, '/lab/actor_0/actor', waiting_for='observation'))
    state.receive_actor(actor(2, 10, '/lab/actor_1/actor'))
    state.receive_learner(LearnerReport(learner_session=1, state='training'))
    assert warnings_of(state) == ['actor_0 waits for observation', '1 of 3 actors missing']
    clock.now += SILENT_AFTER + 2.0
    state.receive_actor(actor(1, 20, '/lab/actor_0/actor'))
    assert 'actor_1 silent for 12 s' in warnings_of(state)
    assert 'learner silent for 12 s' in warnings_of(state)


def test_awaits_the_last_status_of_every_node_that_is_still_heard(clock):
    state = RunState(clock=clock)
    assert awaited(state) == []
    state.receive_actor(actor(1, 10))
    state.receive_learner(LearnerReport(learner_session=1))
    assert awaited(state) == ['actor', 'learner']
    state.receive_actor(actor(1, 10, final=True, exit_reason='max_env_steps'))
    assert awaited(state) == ['learner']
    clock.now += SILENT_AFTER + 1.0
    assert awaited(state) == []
    assert exit_reason(state) == 'interrupted, no last status from learner'


def test_exit_reason_is_the_reason_of_the_actors(clock):
    state = RunState(actors=2, clock=clock)
    assert exit_reason(state) == 'interrupted'
    state.receive_actor(actor(1, 5, '/a/actor'))
    # A restarted actor's earlier session ended without a word and is not asked again.
    state.receive_actor(actor(2, 5, '/a/actor', final=True, exit_reason='max_env_steps'))
    state.receive_actor(actor(3, 5, '/b/actor', final=True, exit_reason='max_env_steps'))
    state.receive_learner(LearnerReport(learner_session=1, final=True, exit_reason='SIGINT'))
    assert exit_reason(state) == 'max_env_steps'


def test_a_restarted_actor_is_awaited_again(clock):
    state = RunState(clock=clock)
    state.receive_actor(actor(1, 10, final=True, exit_reason='SIGTERM'))
    assert awaited(state) == []
    state.receive_actor(actor(2, state='waiting'))
    assert awaited(state) == ['actor']
    assert exit_reason(state) == 'interrupted, no last status from actor'
    state.receive_actor(actor(2, 20, final=True, exit_reason='max_env_steps'))
    assert exit_reason(state) == 'max_env_steps'


def test_a_learner_that_failed_is_why_the_run_ended(clock):
    state = RunState(clock=clock)
    state.receive_actor(actor(1, 10, final=True, exit_reason='SIGINT'))
    state.receive_learner(LearnerReport(learner_session=1, final=True, exit_reason='no disk'))
    assert exit_reason(state) == 'learner: no disk'


def test_restarts_are_counted_for_each_process(clock, spec):
    state = RunState(actors=2, clock=clock)
    for session in (1, 2, 1, 2, 3):
        state.receive_actor(actor(session, name=f'/lab/actor_{session % 2}/actor'))
    for session in (5, 5, 6):
        state.receive_learner(LearnerReport(learner_session=session))
    for session in (7, 8, 9):
        state.receive_spec(spec, session=session)
    assert restarts(state) == {'actor_1': 1, 'actor_0': 0, 'learner': 1, 'bridge': 1}


def test_a_process_that_was_replaced_is_no_rival_and_two_at_once_are(clock):
    state = RunState(clock=clock)
    for session in (1, 1, 2, 2, 2):
        state.receive_learner(LearnerReport(learner_session=session))
        state.receive_actor(actor(session))
    assert duplicate_nodes(state) == ''
    state.receive_learner(LearnerReport(learner_session=1))  # on its way for long
    assert duplicate_nodes(state) == ''
    state.receive_learner(LearnerReport(learner_session=1))
    assert duplicate_nodes(state) == 'two nodes learner speak at the same time'
    for session in (1, 2, 1):
        state.receive_actor(actor(session))
    assert (
        duplicate_nodes(state) == 'two nodes learner and two nodes /actor speak at the same time'
    )
    assert duplicate_nodes(state) in warnings_of(state)
