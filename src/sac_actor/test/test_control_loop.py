# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a tick does with what the bridge sent, in the order in which things go wrong."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from sac_core.spaces import ActionScale

from .fakes import FakeRobot, make_weights
from .loop_bench import Bench

pytestmark = pytest.mark.timeout(30)


def test_a_transition_is_what_was_seen_done_and_seen_next() -> None:
    bench = Bench(FakeRobot(episode_length=3, terminates=True))
    bench.run(4)
    rows = bench.rows
    assert rows.observations.tolist() == [[0, 0, 7], [0, 1, 7], [0, 2, 7], [1, 0, 7]]
    assert rows.next_observations.tolist() == [[0, 1, 7], [0, 2, 7], [0, 3, 7], [1, 1, 7]]
    assert rows.rewards.tolist() == [1, 2, 3, 1]
    assert rows.terminated.tolist() == [0, 0, 1, 0]
    assert rows.truncated.tolist() == [0, 0, 0, 0]
    assert rows.episode_ids.tolist() == [0, 0, 0, 1]
    assert rows.policy_versions.tolist() == [1, 1, 1, 1]


def test_the_stored_action_is_the_executed_one_scaled() -> None:
    bench = Bench(max_change=0.1)
    bench.run(5)
    assert bench.filter.changed > 0
    scale, out = ActionScale(bench.spec), np.empty(2, np.float32)
    executed = [scale.to_policy(action, out).copy() for action in bench.robot.executed]
    assert bench.rows.actions == pytest.approx(np.array(executed), abs=1e-6)


def test_commands_are_in_the_robots_own_units() -> None:
    bench = Bench(FakeRobot(episode_length=200))
    bench.run(200)
    commands = np.array(bench.robot.executed)
    assert commands.min() < -1.5  # the bounds are -2 and 4
    assert commands.max() > 3.5
    assert commands.min() >= -2.0
    assert commands.max() <= 4.0


def test_an_end_and_the_next_beginning_in_one_tick_are_both_taken() -> None:
    bench = Bench(FakeRobot(episode_length=2, terminates=True))
    bench.run(2)
    bench.loop.tick()
    assert bench.robot.commands[-1].in_reply_to.sequence_id == (7, 1, 0)
    assert [episode.terminated for episode in bench.episodes] == [True]


def test_a_time_limit_is_truncated_and_not_terminated() -> None:
    bench = Bench(FakeRobot(episode_length=2, terminates=False))
    bench.run(2)
    assert bench.rows.truncated.tolist() == [0, 1]
    assert bench.rows.terminated.tolist() == [0, 0]
    (episode,) = bench.episodes
    assert (episode.truncated, episode.terminated) == (True, False)


@pytest.mark.parametrize('terminates', [False, True])
def test_between_an_end_and_the_next_beginning_the_loop_waits_and_stops_nothing(
    terminates: bool,
) -> None:
    bench = Bench(FakeRobot(episode_length=2, terminates=terminates))
    bench.run(1)
    bench.loop.tick()
    end, begin = bench.robot.outbox
    bench.robot.outbox.clear()
    bench.loop.observe(end)
    stale = bench.loop.stale_ticks
    assert (bench.loop.is_between_episodes, bench.loop.env_steps) == (True, 2)
    assert len(bench.episodes) == 1  # told when it happens
    for _ in range(5):
        bench.loop.tick()
    for _ in range(5):
        bench.loop.observe(end)  # the heartbeat of a bridge whose robot is on its way
        bench.loop.tick()
    assert (bench.loop.is_between_episodes, bench.loop.stale_ticks) == (True, stale)
    assert not any(command.stop for command in bench.robot.commands)
    bench.loop.observe(begin)
    assert not bench.loop.is_between_episodes
    bench.run(1)
    assert bench.rows.rewards.tolist() == [1, 2, 1]
    assert bench.loop.unexpected == 0


def test_a_robot_on_its_way_to_the_next_episode_may_be_held_and_takes_its_time() -> None:
    bench = Bench(FakeRobot(episode_length=2))
    bench.run(1)
    bench.loop.tick()
    end, begin = bench.robot.outbox
    bench.robot.outbox.clear()
    bench.loop.observe(end)
    bench.stop_arbiter.hold(True)
    bench.loop.tick()
    assert (bench.loop.stands_still, bench.loop.is_between_episodes) == (True, True)
    bench.robot.outbox.clear()
    bench.loop.observe(begin)
    assert not bench.loop.is_between_episodes


def test_an_episode_is_reported_with_its_sum_and_length() -> None:
    bench = Bench(FakeRobot(episode_length=4, terminates=True))
    bench.run(4)
    bench.runner.swap(make_weights(version=9))
    bench.run(4)
    first, second = bench.episodes
    assert (first.episode_id, first.length, first.episode_return) == (0, 4, 1 + 2 + 3 + 4)
    assert (first.success, first.env_steps, first.policy_version) == (True, 4, 1)
    assert (second.episode_id, second.env_steps, second.policy_version) == (1, 8, 9)


def test_heartbeats_close_nothing_and_are_not_answered_anew() -> None:
    bench = Bench()
    bench.run(1)
    newest = bench.robot.newest
    for _ in range(3):
        bench.loop.observe(newest)
    bench.loop.tick()
    bench.loop.observe(newest)  # may be older than the answer that is on its way
    assert bench.loop.env_steps == 1
    assert bench.loop.unexpected == 0


def test_without_a_fresh_observation_the_last_command_is_repeated_and_counted() -> None:
    bench = Bench()
    bench.deliver()
    for _ in range(4):
        bench.loop.tick()
    assert [command.in_reply_to.sequence_id for command in bench.robot.commands] == [(7, 0, 0)] * 4
    assert len({command.action.tobytes() for command in bench.robot.commands}) == 1
    assert len(bench.robot.executed) == 1
    assert bench.loop.stale_ticks == 3


def test_no_tick_counts_as_stale_while_the_robot_goes_to_the_start_of_the_next_episode() -> None:
    bench = Bench(FakeRobot(episode_length=2))
    bench.run(1)
    bench.loop.tick()
    bench.loop.observe(bench.robot.outbox.popleft())  # the end, long before the next beginning
    for _ in range(100):
        bench.loop.tick()
    assert bench.loop.stale_ticks == 0
    bench.run(1)
    assert bench.loop.env_steps == 3


def test_a_lost_command_is_repeated_and_executed_once() -> None:
    bench = Bench()
    bench.deliver()
    send, bench.loop.send = bench.loop.send, lambda decision: None
    bench.loop.tick()
    bench.loop.send = send
    bench.run(2)
    assert len(bench.robot.executed) == 2
    assert bench.loop.env_steps == 2


def test_an_observation_that_was_overtaken_is_ignored_and_counts_nothing_twice() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    old = bench.robot.newest
    bench.run(3)
    bench.loop.tick()
    bench.loop.observe(old)
    bench.run(3)
    assert bench.loop.unexpected == 1
    assert bench.rows.rewards.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert bench.loop.env_steps == 7


def test_before_the_first_observation_nothing_is_sent() -> None:
    bench = Bench()
    bench.loop.tick()
    assert bench.robot.commands == []
    assert bench.loop.stale_ticks == 0


def test_a_restarted_bridge_closes_the_broken_episode_as_truncated() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(3)
    bench.loop.tick()
    bench.robot.outbox.clear()  # the answer to the last command is never seen
    bench.robot.restart()
    bench.run(2)
    (episode,) = bench.episodes
    assert (episode.length, episode.truncated, episode.terminated) == (3, True, False)
    assert bench.rows.observations[:, 2].tolist() == [7, 7, 7, 8, 8]
    assert bench.rows.episode_ids.tolist() == [0, 0, 0, 1, 1]


def test_a_restart_whose_first_observation_was_lost_does_not_join_two_episodes() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(3)
    bench.robot.restart()
    bench.robot.outbox.clear()
    bench.loop.observe(replace(bench.robot.newest, step=4))
    bench.loop.tick()
    assert bench.robot.commands[-1].reset
    assert [(episode.length, episode.truncated) for episode in bench.episodes] == [(3, True)]


def test_an_operators_reset_closes_the_episode_as_truncated() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(3)
    bench.robot.begin()
    bench.run(2)
    assert [(episode.length, episode.truncated) for episode in bench.episodes] == [(3, True)]
    assert bench.rows.rewards.tolist() == [1, 2, 3, 1, 2]


def test_who_joins_in_mid_episode_asks_for_a_new_one() -> None:
    robot = FakeRobot(episode_length=10)
    robot.step_number = 4
    robot.newest = robot.observation()
    robot.outbox.clear()
    robot.heartbeat()
    bench = Bench(robot)
    bench.run(1)
    (command,) = robot.commands
    assert command.reset
    assert robot.executed == []
    bench.run(2)
    assert bench.episodes == []
    assert bench.rows.observations.tolist() == [[1, 0, 7], [1, 1, 7]]


def test_a_reset_that_was_not_followed_closes_no_transition() -> None:
    robot = FakeRobot(episode_length=10)
    bench = Bench(robot)
    bench.loop.observe(replace(robot.newest, step=4))
    bench.loop.tick()
    assert robot.commands[-1].reset
    bench.loop.observe(replace(robot.newest, step=5))
    assert bench.loop.env_steps == 0


def test_an_observation_after_a_gap_closes_no_transition() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.run(2)
    bench.loop.tick()
    lost = bench.robot.outbox.popleft()
    bench.loop.observe(replace(lost, step=lost.step + 1))
    assert bench.loop.env_steps == 2
    assert bench.loop.unexpected == 1


def test_an_observation_that_nobody_asked_for_closes_no_transition() -> None:
    bench = Bench(FakeRobot(episode_length=10))
    bench.deliver()
    bench.loop.observe(replace(bench.robot.newest, step=1))
    assert bench.loop.env_steps == 0


def test_without_a_queue_it_drives_and_reports_all_the_same() -> None:
    bench = Bench(FakeRobot(episode_length=5), collect=False)
    bench.run(10)
    assert (len(bench.episodes), bench.loop.env_steps, bench.queue.appended) == (2, 10, 0)


def test_the_filter_starts_from_rest_in_each_episode() -> None:
    bench = Bench(FakeRobot(episode_length=6), max_change=0.1)
    bench.run(24)
    scale, out = ActionScale(bench.spec), np.empty(2, np.float32)
    for action in bench.robot.executed[::6]:
        assert (np.abs(scale.to_policy(action, out)) <= 0.1 + 1e-6).all()


@given(
    events=st.lists(
        st.sampled_from(
            # Mostly the ordinary, so that episodes come about.
            'tick tick tick deliver deliver heartbeat restart reset lose hold release safe'.split()
        ),
        max_size=60,
    ),
    episode_length=st.integers(1, 5),
    terminates=st.booleans(),
)
def test_whatever_happens_each_transition_is_true_and_counted_once(
    events: list[str], episode_length: int, terminates: bool
) -> None:
    robot = FakeRobot(episode_length=episode_length, terminates=terminates)
    bench = Bench(robot)
    for event in [*events, 'release', 'deliver', 'tick', 'deliver', 'tick', 'deliver']:
        if event == 'tick':
            bench.loop.tick()
        elif event == 'deliver' and robot.outbox:
            bench.loop.observe(robot.outbox.popleft())
        elif event == 'heartbeat':
            robot.heartbeat()
        elif event == 'restart':
            robot.restart()
        elif event == 'reset':
            robot.begin()
        elif event == 'lose' and robot.outbox:
            robot.outbox.popleft()
        elif event in ('hold', 'release'):
            bench.stop_arbiter.hold(event == 'hold')
        elif event == 'safe':
            robot.stand_still()
    if not bench.loop.env_steps:
        return
    rows = bench.rows
    assert len(rows) == bench.loop.env_steps <= len(robot.executed)
    before, after = rows.observations, rows.next_observations
    assert (before[:, [0, 2]] == after[:, [0, 2]]).all(), 'one episode of one bridge'
    assert (before[:, 1] + 1 == after[:, 1]).all(), 'consecutive'
    assert (rows.rewards == after[:, 1]).all(), 'the reward of this step'
    ends = after[:, 1] == episode_length
    assert (rows.terminated == (ends & terminates)).all()
    assert (rows.truncated >= (ends & (not terminates))).all(), 'or cut off there'
    assert len(np.unique(before, axis=0)) == len(before), 'none twice'
    # A number of the actor's episodes stands for one episode of one bridge.
    episodes = {int(n): tuple(o[[0, 2]]) for n, o in zip(rows.episode_ids, before, strict=True)}
    pairs = {(int(n), *o[[0, 2]]) for n, o in zip(rows.episode_ids, before, strict=True)}
    assert len(pairs) == len(episodes)
    assert [episode.episode_id for episode in bench.episodes] == list(range(bench.loop.episodes))
    assert sum(episode.length for episode in bench.episodes) <= len(rows)
