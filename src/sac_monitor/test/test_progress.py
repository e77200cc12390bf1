# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The progress line fits its width, keeps what matters most, and never shows 'nan'."""

from __future__ import annotations

from pathlib import Path

import pytest
from sac_monitor.progress import format_progress, format_report
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport
from sac_monitor.run_state import RunState


@pytest.fixture
def running(clock, spec) -> RunState:
    """A run in the middle of its training."""
    state = RunState(max_env_steps=20000, clock=clock)
    state.receive_spec(spec)
    for steps in (12000, 12345):
        state.receive_actor(
            ActorReport(
                actor='/actor',
                actor_session=1,
                env_steps=steps,
                transitions_sent=12330,
                control_rate=115.0,
                policy_version=812,
                weights_age=0.12,
            )
        )
        clock.now += 2.0
    state.receive_learner(
        LearnerReport(
            learner_session=1,
            env_steps=12330,
            learner_steps=12030,
            critic_updates=96240,
            measured_utd=8.0,
            target_utd=8.0,
            steps_per_second=114.2,
            replay_size=12330,
            replay_capacity=1000000,
        )
    )
    state.receive_episode(
        EpisodeReport(
            actor='/actor',
            actor_session=1,
            episode_id=11,
            env_steps=12000,
            length=1000,
            episode_return=2431.4,
        )
    )
    return state


def test_shows_all_items_where_there_is_room(running):
    assert format_progress(running, 200) == (
        '12,345/20,000  return 2,431  learner 114.2 steps/s  UTD 8.00 of 8  buffer 12,330 (1.2%)'
        '  weights v812 0.1s  actor 115.0 Hz  ETA 0:01:29'
    )


def test_shows_all_but_the_remaining_time_in_a_terminal_of_80_columns(running):
    assert format_progress(running, 79) == (
        '12,345/20,000  ret 2,431  114.2/s  UTD 8.00  buf 1.2%  v812 0.1s  115.0 Hz'
    )


@pytest.mark.parametrize('width', range(60, 201))
def test_fits_any_width_and_keeps_steps_and_return(running, width):
    line = format_progress(running, width)
    assert len(line) <= width
    assert line.startswith('12,345/20,000')
    assert '2,431' in line


@pytest.mark.parametrize('width', [1, 2, 5, 12, 20])
def test_fits_even_absurd_widths(running, width):
    assert len(format_progress(running, width)) <= width


@pytest.mark.parametrize('width', range(60, 201, 10))
def test_unknown_numbers_are_dashes(clock, spec, width):
    state = RunState(max_env_steps=100, clock=clock)
    state.receive_spec(spec)
    state.receive_actor(ActorReport(actor='/actor', actor_session=1))
    state.receive_learner(LearnerReport(learner_session=1, measured_utd=float('nan')))
    line = format_progress(state, width)
    assert 'nan' not in line
    assert 'UTD -' in line
    assert '0/100' in line


def test_says_what_is_waited_for_instead_of_empty_numbers(clock):
    assert format_progress(RunState(clock=clock), 200) == 'waiting for a robot (no env_spec yet)'


def test_several_actors_show_their_number_the_slowest_rate_and_the_oldest_weights(running):
    running.receive_actor(
        ActorReport(
            actor='/actor_1/actor',
            actor_session=2,
            env_steps=55,
            control_rate=49.5,
            policy_version=800,
            weights_age=75.0,
        )
    )
    line = format_progress(running, 200)
    assert '12,400/20,000' in line
    assert '2 actors 49.5 Hz' in line
    assert 'weights v800 0:01:15' in line


def test_a_silent_learner_is_named_in_the_line(running, clock):
    clock.now += 30.0
    assert 'learner silent for 30 s' in format_progress(running, 79)


def test_policy_mode_has_no_learner_items(clock, spec):
    state = RunState(max_episodes=5, clock=clock)
    state.receive_spec(spec)
    state.receive_actor(
        ActorReport(actor='/actor', actor_session=1, env_steps=40, episodes=2, control_rate=50.0)
    )
    assert format_progress(state, 200) == (
        '40  episode 2/5  return -  weights none  actor 50.0 Hz'
    )


def test_report_sums_up_the_run(running):
    report = format_report(running, 'max_env_steps', Path('runs/x'))
    assert 'run of Pendulum-v1 ended: max_env_steps' in report
    assert '12,345/20,000 env steps in 0:00:04, 1 episodes' in report
    assert 'mean return of the last 10 episodes: 2,431' in report
    assert '12,030 learner steps, 96,240 critic updates, measured UTD 8.00' in report
    assert '12,330 transitions sent, 12,330 stored, 0 duplicates, 0 lost' in report
    assert report.endswith('files: runs/x')


def test_an_evaluation_is_shown_beside_the_training_and_summed_up_at_the_end(running):
    assert 'eval' not in format_progress(running, 200)
    for number, value in enumerate([100.0, 300.0]):
        running.receive_episode(
            EpisodeReport(
                actor='/actor',
                actor_session=1,
                episode_id=100 + number,
                env_steps=12345,
                length=200,
                episode_return=value,
                success=value > 200.0,
                evaluation=True,
            )
        )
    assert 'return 2,431  eval 200.0 (2)  learner' in format_progress(running, 200)
    report = format_report(running, 'max_env_steps', None)
    assert 'mean return of the last 10 episodes: 2,431' in report
    assert (
        'evaluation: mean return 200.0, standard deviation 100.0, success rate 50%'
        ' in 2 episodes' in report
    )


def test_a_robot_that_is_kept_still_is_named_with_the_reason(running):
    running.receive_actor(
        ActorReport(actor='/actor', actor_session=1, state='stopped', stop_reason='no commands')
    )
    assert 'actor still: no commands' in format_progress(running, 200)


def test_report_of_a_run_that_never_began_says_so(clock):
    report = format_report(RunState(clock=clock), 'interrupted', Path('runs/x'))
    assert report == 'run ended before it began: no robot was seen'
