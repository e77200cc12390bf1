# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the monitor knows: totals over sessions, rates, who is awaited and why a run ended."""

from __future__ import annotations

import math

import pytest
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState, SILENT_AFTER


def actor(session, env_steps=0, name='/actor', **values):
    return ActorReport(actor=name, actor_session=session, env_steps=env_steps, **values)


def episode(session, number, env_steps, value=0.0, name='/actor'):
    return EpisodeReport(
        actor=name,
        actor_session=session,
        episode_id=number,
        env_steps=env_steps,
        length=100,
        episode_return=value,
    )


def test_counts_add_over_actors_and_over_the_sessions_of_a_restarted_one(clock):
    state = RunState(actors=2, clock=clock)
    state.receive_actor(actor(1, 100, '/actor_0/actor', transitions_sent=90))
    state.receive_actor(actor(2, 50, '/actor_1/actor', transitions_sent=50))
    state.receive_actor(actor(1, 120, '/actor_0/actor', transitions_sent=120))
    state.receive_actor(actor(3, 7, '/actor_0/actor', transitions_sent=0))
    assert state.env_steps == 120 + 50 + 7
    assert state.total('transitions_sent') == 120 + 50
    assert {report.actor_session for report in state.actors()} == {2, 3}


def test_an_episode_that_overtakes_the_status_counts_at_once_and_once(clock):
    state = RunState(clock=clock)
    state.receive_episode(episode(1, 0, 100))
    assert (state.env_steps, state.episodes) == (100, 1)
    state.receive_actor(actor(1, 90, episodes=0))  # measured before the episode ended
    assert (state.env_steps, state.episodes) == (100, 1)
    state.receive_actor(actor(1, 130, episodes=1))
    assert (state.env_steps, state.episodes) == (130, 1)


def test_return_mean_is_that_of_the_last_ten_episodes(clock):
    state = RunState(clock=clock)
    assert math.isnan(state.return_mean)
    for number in range(12):
        state.receive_episode(episode(1, number, 100 * number, value=float(number)))
    assert state.return_mean == pytest.approx(sum(range(2, 12)) / 10)


def test_rate_counts_environment_steps_over_the_last_seconds(clock):
    state = RunState(clock=clock)
    assert math.isnan(state.env_steps_per_second)
    for second in range(20):
        state.receive_actor(actor(1, 10 * second if second < 10 else 50 * second))
        clock.now += 1.0
    assert state.env_steps_per_second == pytest.approx(50.0)


def test_wall_time_starts_with_the_robot_and_includes_what_was_before_a_resume(clock, spec):
    state = RunState(clock=clock)
    state.restore([actor(1, 500)], LearnerReport(learner_session=9), [1.0, 3.0], wall_s=60.0)
    state.receive_spec(spec)
    state.receive_actor(actor(2, state='waiting'))
    clock.now += 5.0
    assert not state.has_begun
    state.receive_actor(actor(2, state='running'))
    clock.now += 2.0
    state.receive_actor(actor(3, state='running'))  # another actor
    assert state.wall_s == pytest.approx(62.0)
    assert state.env_steps == 500
    assert state.return_mean == 2.0
    assert 'learner' not in state.awaited()  # the processes of the earlier run are not


def test_says_what_the_run_waits_for_until_a_robot_moves(clock, spec):
    state = RunState(clock=clock)
    assert state.waiting() == 'waiting for a robot (no env_spec yet)'
    state.receive_spec(spec)
    assert state.waiting() == 'waiting for an actor (no actor/status yet)'
    state.receive_actor(actor(1, waiting_for='policy_weights from a learner'))
    assert state.waiting() == 'actor waits for policy_weights from a learner'
    state.receive_learner(LearnerReport(learner_session=1, waiting_for='env_spec'))
    assert state.waiting().endswith('learner waits for env_spec')
    state.receive_actor(actor(2, name='/b/other', waiting_for='policy_weights from a learner'))
    assert state.waiting().startswith('actor and other wait for policy_weights from a learner')
    state.receive_actor(actor(1, 5))
    assert state.waiting() == ''
    state.receive_actor(actor(1, 5, waiting_for='observation'))
    assert state.waiting() == ''  # it has started: what is known of it stays in view


def test_reports_absent_waiting_and_silent_nodes_while_the_others_go_on(clock, spec):
    state = RunState(actors=3, clock=clock)
    state.receive_spec(spec)
    state.receive_actor(actor(1, 10, '/lab/actor_0/actor', waiting_for='observation'))
    state.receive_actor(actor(2, 10, '/lab/actor_1/actor'))
    state.receive_learner(LearnerReport(learner_session=1, state='training'))
    assert state.troubles() == ['actor_0 waits for observation', '1 of 3 actors missing']
    clock.now += SILENT_AFTER + 2.0
    state.receive_actor(actor(1, 20, '/lab/actor_0/actor'))
    assert 'actor_1 silent for 12 s' in state.troubles()
    assert 'learner silent for 12 s' in state.troubles()


def test_awaits_the_last_status_of_every_node_that_is_still_heard(clock):
    state = RunState(clock=clock)
    assert state.awaited() == []
    state.receive_actor(actor(1, 10))
    state.receive_learner(LearnerReport(learner_session=1))
    assert state.awaited() == ['actor', 'learner']
    state.receive_actor(actor(1, 10, final=True, exit_reason='max_env_steps'))
    assert state.awaited() == ['learner']
    clock.now += SILENT_AFTER + 1.0
    assert state.awaited() == []
    assert state.exit_reason() == 'interrupted, no last status from learner'


def test_an_actor_that_has_ended_is_active_no_more_unless_all_have(clock):
    state = RunState(actors=2, clock=clock)
    state.receive_actor(actor(1, 5, '/actor_0/actor', final=True))
    state.receive_actor(actor(2, 5, '/actor_1/actor'))
    assert [report.actor_session for report in state.active()] == [2]
    state.receive_actor(actor(2, 6, '/actor_1/actor', final=True))
    assert [report.actor_session for report in state.active()] == [1, 2]


def test_exit_reason_is_the_reason_of_the_actors(clock):
    state = RunState(actors=2, clock=clock)
    assert state.exit_reason() == 'interrupted'
    state.receive_actor(actor(1, 5, '/a/actor'))
    # A restarted actor's earlier session ended without a word and is not asked again.
    state.receive_actor(actor(2, 5, '/a/actor', final=True, exit_reason='max_env_steps'))
    state.receive_actor(actor(3, 5, '/b/actor', final=True, exit_reason='max_env_steps'))
    state.receive_learner(LearnerReport(learner_session=1, final=True, exit_reason='SIGINT'))
    assert state.exit_reason() == 'max_env_steps'


def test_an_episode_that_comes_again_is_counted_once(clock):
    state = RunState(clock=clock)
    assert state.receive_episode(episode(1, 0, 100, value=5.0))
    assert not state.receive_episode(episode(1, 0, 100, value=5.0))
    assert state.receive_episode(episode(2, 0, 100, value=7.0))
    assert state.return_mean == 6.0


def test_an_episode_of_before_a_restart_is_not_counted_again(clock):
    state = RunState(clock=clock)
    state.restore([actor(1, 100)], None, [5.0], wall_s=1.0, seen=[(1, 0)])
    assert not state.receive_episode(episode(1, 0, 100, value=5.0))
    assert state.receive_episode(episode(1, 1, 200, value=7.0))
    assert state.return_mean == 6.0


def test_the_run_has_begun_with_an_episode_even_before_a_status(clock):
    state = RunState(clock=clock)
    state.receive_episode(episode(1, 0, 100))
    assert state.has_begun
