# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the monitor knows: totals over actors and their sessions, rates, returns."""

from __future__ import annotations

import math

import pytest
from sac_monitor.condition import awaited
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState


def actor(session, env_steps=0, name='/actor', **values):
    return ActorReport(actor=name, actor_session=session, env_steps=env_steps, **values)


def episode(session, number, env_steps, value=0.0, name='/actor', **values):
    return EpisodeReport(
        actor=name,
        actor_session=session,
        episode_id=number,
        env_steps=env_steps,
        length=100,
        episode_return=value,
        **values,
    )


def test_counts_add_over_actors_and_over_the_sessions_of_a_restarted_one(clock):
    state = RunState(actors=2, clock=clock)
    state.receive_actor(actor(1, 100, '/actor_0/actor', transitions_sent=90))
    state.receive_actor(actor(2, 50, '/actor_1/actor', transitions_sent=50))
    state.receive_actor(actor(1, 120, '/actor_0/actor', transitions_sent=120, overruns=3))
    # Its next session: it still waits, and has not said what it found.
    state.receive_actor(actor(3, 0, '/actor_0/actor', state='waiting'))
    assert state.env_steps == 120 + 50
    state.receive_actor(actor(3, 127, '/actor_0/actor', transitions_sent=121, overruns=2))
    assert state.env_steps == 127 + 50
    assert state.total('transitions_sent') == 121 + 50
    assert state.total('overruns') == 3 + 2
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
    state.restore(
        sessions=[actor(1, 500)],
        learner=LearnerReport(learner_session=9),
        episodes=[(episode(1, 0, 100, value=1.0), 100), (episode(1, 1, 200, value=3.0), 200)],
        starts={'learner': [9]},
        wall_s=60.0,
    )
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
    assert 'learner' not in awaited(state)  # the processes of the earlier run are not


def test_an_actor_that_has_ended_is_active_no_more_unless_all_have(clock):
    state = RunState(actors=2, clock=clock)
    state.receive_actor(actor(1, 5, '/actor_0/actor', final=True))
    state.receive_actor(actor(2, 5, '/actor_1/actor'))
    assert [report.actor_session for report in state.active()] == [2]
    state.receive_actor(actor(2, 6, '/actor_1/actor', final=True))
    assert [report.actor_session for report in state.active()] == [1, 2]


def test_an_episode_that_comes_again_is_counted_once(clock):
    state = RunState(clock=clock)
    assert state.receive_episode(episode(1, 0, 100, value=5.0))
    assert not state.receive_episode(episode(1, 0, 100, value=5.0))
    assert state.receive_episode(episode(2, 0, 100, value=7.0))
    assert state.return_mean == 6.0


def test_an_episode_of_before_a_restart_is_not_counted_again(clock):
    state = RunState(clock=clock)
    state.restore(sessions=[actor(1, 100)], episodes=[(episode(1, 0, 100, value=5.0), 100)])
    assert not state.receive_episode(episode(1, 0, 100, value=5.0))
    assert state.receive_episode(episode(1, 1, 200, value=7.0))
    assert state.return_mean == 6.0


def test_the_run_has_begun_with_an_episode_even_before_a_status(clock):
    state = RunState(clock=clock)
    state.receive_episode(episode(1, 0, 100))
    assert state.has_begun


def test_a_learner_that_starts_again_keeps_what_the_run_has_until_it_knows_better(clock):
    state = RunState(clock=clock)
    state.receive_learner(
        LearnerReport(learner_session=1, state='training', device='cpu', env_steps=90, lost=2)
    )
    for waiting in ('waiting', 'resuming'):
        state.receive_learner(LearnerReport(learner_session=2, state=waiting, waiting_for='it'))
        assert (state.learner.env_steps, state.learner.lost) == (90, 2)
        assert (state.learner.learner_session, state.learner.waiting_for) == (2, 'it')
    state.receive_learner(
        LearnerReport(learner_session=2, state='training', device='cpu', env_steps=88)
    )
    assert (state.learner.env_steps, state.learner.waiting_for) == (88, '')
    state.receive_learner(LearnerReport(learner_session=3, final=True, exit_reason='SIGINT'))
    assert (state.learner.env_steps, state.learner.final) == (88, True)


def test_an_evaluation_counts_apart_from_the_training(clock):
    state = RunState(clock=clock)
    state.receive_episode(episode(1, 0, 100, value=5.0))
    for number, value in ((1, 50.0), (2, 70.0)):
        assert state.receive_episode(
            episode(1, number, 100, value=value, evaluation=True, success=number == 2)
        )
    state.receive_episode(episode(1, 3, 200, value=7.0))
    assert (state.episodes, state.return_mean, state.env_steps) == (2, 6.0, 200)
    latest = state.evaluations.latest()
    assert (latest.return_mean, latest.return_std, latest.success_rate) == (60.0, 10.0, 0.5)


def test_an_evaluation_ends_with_another_episode_or_another_session(clock):
    state = RunState(actors=2, clock=clock)

    def evaluate(session, number, steps, value, name):
        state.receive_episode(
            episode(session, number, steps, value=value, name=name, evaluation=True)
        )

    evaluate(1, 0, 100, 1.0, '/a/actor')
    evaluate(2, 0, 50, 3.0, '/b/actor')
    evaluate(1, 1, 100, 5.0, '/a/actor')  # with one of the other actor in between
    assert [each.returns for each in state.evaluations.all] == [[1.0, 5.0], [3.0]]
    assert [each.env_steps for each in state.evaluations.all] == [100, 150]
    state.receive_episode(episode(1, 2, 180, name='/a/actor'))
    evaluate(1, 3, 180, 7.0, '/a/actor')
    evaluate(4, 0, 180, 9.0, '/a/actor')  # begun anew after a restart
    assert [each.returns for each in state.evaluations.all][2:] == [[7.0], [9.0]]
    assert sorted(state.evaluations.latest().returns) == [3.0, 9.0]


def test_an_evaluation_ends_with_what_is_collected_between_two_of_its_episodes(clock):
    state = RunState(clock=clock)
    # The third comes after a part of an episode; the steps of the fourth are stored themselves.
    for number, steps in ((0, 100), (1, 100), (2, 130), (3, 230)):
        state.receive_episode(episode(1, number, steps, value=float(number), evaluation=True))
    assert [each.returns for each in state.evaluations.all] == [[0.0, 1.0], [2.0, 3.0]]
