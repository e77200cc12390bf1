# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The whole actor without ROS, against a fake robot and a learner that only acknowledges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import threading

import pytest
from sac_actor.actor import ActorCore
from sac_actor.config import ActorSettings
from sac_actor.decision import Decision
from sac_actor.human_control import HumanControl
from sac_actor.state_directory import StateDirectory
from sac_actor.stop_arbiter import StopArbiter
from sac_core.testing import until
from sac_core.transitions import TransitionBatch

from .fakes import FakeRobot, make_spec, make_weights
from .queues import abandon

pytestmark = pytest.mark.timeout(30)
SESSION = 5


class Bench:
    """An actor, its robot, and the batches that it wanted to be sent."""

    def __init__(self, *, state: StateDirectory | None = None, **settings: object) -> None:
        self.robot = FakeRobot(episode_length=20)
        self.notified = threading.Event()
        self.batches: list[TransitionBatch] = []
        values = ActorSettings(
            **{
                'random_steps': 0,
                'transition_batch_size': 10,
                # A slow machine must not stop the robot here.
                'max_overruns_in_row': 1_000_000,
                'observation_timeout': 3600.0,
                **settings,
            }
        )
        self.stop_arbiter = StopArbiter()
        self.human = HumanControl(eval_episodes=values.eval_episodes)
        self.actor = ActorCore(
            values,
            make_spec(),
            make_weights(version=1),
            stop_arbiter=self.stop_arbiter,
            human=self.human,
            session=SESSION,
            name='/actor',
            send=self._send,
            notify=self.notified.set,
            state=state,
        )
        self._hand_over()
        self.actor.start()

    def _send(self, decision: Decision) -> None:
        self.robot.command(decision)
        self.actor.loop_thread.command_sent()
        self._hand_over()

    def _hand_over(self) -> None:
        while self.robot.outbox:
            self.actor.observe(self.robot.outbox.popleft())

    def collect(self) -> int:
        """Take what must be sent, and return how many rows came in all."""
        self.batches += self.actor.batches(flush=False)
        return sum(len(batch.rows) for batch in self.batches)

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.notified.wait(0.01)
            self.notified.clear()
            self.collect()

    def acknowledge(self, sequence: int, version: int = 1) -> None:
        self.actor.acknowledge(
            actor_session=SESSION,
            learner_session=3,
            next_sequence=sequence,
            trained_sequence=sequence,
            policy_version=version,
        )


@pytest.fixture
def benches() -> object:
    made: list[Bench] = []

    def make(**settings: object) -> Bench:
        made.append(Bench(**settings))
        return made[-1]

    yield make
    for bench in made:
        bench.actor.stop()


def test_on_a_clock_nobody_waits_for_the_learner(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=1000.0, max_env_steps=100)
    bench.until(lambda: bench.actor.state == 'finished')
    bench.until(lambda: bench.collect() == 100)
    assert not bench.actor.is_stored
    assert not bench.actor.is_done
    bench.acknowledge(100)
    assert bench.actor.is_done
    assert bench.actor.finish_reason == 'max_env_steps'


def test_lockstep_waits_at_each_batch_for_training_and_weights(
    benches: Callable[..., Bench],
) -> None:
    bench = benches(control_rate=0.0, max_env_steps=25)
    bench.until(lambda: bench.collect() == 10)
    assert len(bench.robot.executed) == 10
    bench.acknowledge(10, version=2)
    assert bench.collect() == 10
    bench.actor.use(make_weights(version=2, learner_steps=1), learner_session=3)
    bench.until(lambda: bench.collect() == 20)
    assert bench.batches[1].rows.policy_versions.tolist() == [2] * 10
    bench.acknowledge(20, version=2)
    bench.until(lambda: bench.collect() == 25)
    assert not bench.actor.is_done
    bench.acknowledge(25, version=2)
    assert bench.actor.is_done


def test_finished_episodes_come_once(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=1000.0, max_episodes=2)
    bench.until(lambda: bench.actor.state == 'finished')
    assert [episode.episode_id for episode in bench.actor.finished_episodes()] == [0, 1]
    assert list(bench.actor.finished_episodes()) == []
    assert bench.actor.finish_reason == 'max_episodes'


def test_with_a_checkpoint_nothing_is_collected(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=0.0, max_env_steps=50, checkpoint='somewhere')
    bench.until(lambda: bench.actor.is_done)
    assert bench.batches == []
    assert bench.actor.stats().env_steps == 50
    assert bench.actor.stats().queue_capacity == 0


def test_weights_for_another_robot_are_refused_and_it_goes_on(
    benches: Callable[..., Bench],
) -> None:
    bench = benches(control_rate=1000.0, max_env_steps=30)
    with pytest.raises(ValueError, match='observation_dim 4'):
        bench.actor.use(make_weights(observation_dim=4, version=9), learner_session=3)
    bench.until(lambda: bench.collect() == 30)
    assert bench.actor.stats().policy_version == 1


def test_figures_agree_with_what_happened(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=500.0, max_env_steps=60)
    bench.until(lambda: bench.collect() == 60)
    bench.acknowledge(40)
    stats = bench.actor.stats()
    assert (stats.env_steps, stats.episodes) == (60, 3)
    assert (stats.transitions_sent, stats.transitions_acked) == (60, 40)
    assert (stats.queue_length, stats.transitions_dropped, stats.resends) == (20, 0, 0)
    assert stats.ticks >= 60
    assert stats.period_mean >= 0.0019
    assert 0 < stats.latency_mean <= stats.latency_p99 <= stats.latency_max < 1.0
    assert 0 < stats.lateness_p99 <= stats.lateness_max
    assert 0 < stats.observation_age < 10.0


def test_a_hold_stops_the_commands_until_it_is_released(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=1000.0)
    bench.until(lambda: bench.actor.stats().env_steps > 5)
    bench.stop_arbiter.hold(True)
    ticks = bench.actor.stats().ticks
    bench.until(lambda: bench.actor.stats().ticks > ticks + 2)
    held_at, executed = len(bench.robot.commands), len(bench.robot.executed)
    bench.until(lambda: bench.actor.stats().ticks > ticks + 20)
    assert all(command.stop for command in bench.robot.commands[held_at:])
    assert len(bench.robot.executed) == executed
    assert bench.actor.state == 'holding'
    bench.stop_arbiter.hold(False)
    bench.until(lambda: len(bench.robot.executed) > executed)


def test_a_full_queue_never_slows_the_clock(benches: Callable[..., Bench]) -> None:
    bench = benches(control_rate=1000.0, max_env_steps=300, queue_capacity=50)
    until(lambda: bench.actor.state == 'finished')  # nobody collects
    stats = bench.actor.stats()
    assert (stats.queue_length, stats.transitions_dropped) == (50, 250)


def test_a_restarted_actor_counts_on_explores_anew_and_repeats_no_random_steps(
    benches: Callable[..., Bench], tmp_path: Path
) -> None:
    settings = {'control_rate': 1000.0, 'random_steps': 25, 'transition_batch_size': 1}
    state = StateDirectory(tmp_path)
    first = benches(state=state, **settings, max_env_steps=20)
    first.until(lambda: first.actor.state == 'finished')
    first.actor.stop()
    first.collect()
    abandon(state)

    second = benches(state=StateDirectory(tmp_path), **settings, max_env_steps=50)
    second.until(lambda: second.actor.state == 'finished')
    assert second.actor.stats().env_steps == 50
    second.until(lambda: second.collect() == 50)
    rows = second.batches[20:]
    assert [int(batch.rows.policy_versions[0]) for batch in rows] == [0] * 5 + [1] * 25
    random = [batch.rows.actions[0].tolist() for batch in (*first.batches, *rows[:5])]
    assert len({tuple(action) for action in random}) == 25
    (episode,) = list(second.actor.finished_episodes())[:1]
    assert (episode.env_steps, episode.length) == (40, 20)
