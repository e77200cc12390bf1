# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Each watchdog of a running actor, tripped for real, as its diagnostic shows it."""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import os
from pathlib import Path
import signal
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from sac_actor.actor_node import ActorNode
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess
from sac_core.weights import decode_weights
from sac_interfaces import msg
from std_srvs.srv import SetBool

from .fakes import make_weights, make_wild_weights
from .world import World

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
NEVER = 3600.0


class Watch:
    """Reads the actor's diagnostics in a world where it drives its robot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._arrays: list[DiagnosticArray] = world.spinner.collect(
            world.node, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status
        )
        world.publish_robot()
        world.publish_weights(make_weights())
        world.until(lambda: world.status.env_steps > 10)

    def status(self, part: str) -> DiagnosticStatus:
        """The newest status of a part of the actor, blank before the first."""
        found = [s for a in self._arrays for s in a.status if s.name == f'actor: {part}']
        return found[-1] if found else DiagnosticStatus()

    def until_shown(self, watchdog: str, level: bytes) -> DiagnosticStatus:
        part = f'watchdog {watchdog}'
        self.world.until(lambda: self.status(part).level == level and self.status(part).name)
        return self.status(part)

    def until_stopped(self, watchdog: str) -> DiagnosticStatus:
        """Wait for the watchdog's stop; no action may follow it."""
        shown = self.until_shown(watchdog, DiagnosticStatus.ERROR)
        statuses = self.world.statuses
        self.world.until(lambda: any(shown.message in each.stop_reason for each in statuses))
        self.world.until(lambda: self.world.status.stops)
        self.world.until(lambda: any(each.state == 'stopped' for each in statuses))
        self.world.until(lambda: any(each.stop for each in self.world.commands))
        self.world.until(lambda: any(self._warns_of_stop(each) for each in self._arrays))
        return shown

    def _warns_of_stop(self, array: DiagnosticArray) -> bool:
        safety = [each for each in array.status if each.name == 'actor: safety']
        return any(each.level == DiagnosticStatus.WARN and each.message for each in safety)

    def until_running(self, watchdog: str) -> None:
        """Wait until it lets go; a new episode begins then."""
        world = self.world
        stopped_at, steps = len(world.commands), world.status.env_steps
        self.until_shown(watchdog, DiagnosticStatus.OK)
        world.until(lambda: world.status.env_steps > steps + 5)
        after = [each for each in world.commands[stopped_at:] if not each.stop]
        assert after[0].reset
        assert self.status(f'watchdog {watchdog}').values[1].value >= '1'


def test_a_robot_that_falls_silent_is_stopped_until_it_is_heard(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(observation_timeout=0.3)
    watch = Watch(world)
    world.is_mute = True
    assert watch.until_stopped('observation stale').message == 'no observation for 0.3 s'
    world.is_mute = False
    watch.until_running('observation stale')


def test_a_bridge_that_only_repeats_itself_is_stopped_and_tried_again(
    world: World, start: Callable[..., ActorNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(answer_timeout=0.3)
    watch = Watch(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.robot, 'command', lambda decision: world.robot.heartbeat())
        assert watch.until_stopped('command not answered').message.endswith('for 0.3 s')
    watch.until_running('command not answered')


def test_a_bridge_that_leaves_the_network_is_waited_for(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(bridge_timeout=0.3, observation_timeout=NEVER, answer_timeout=NEVER)
    watch = Watch(world)
    world.is_mute = True
    world.node.destroy_publisher(world.observations)
    assert watch.until_stopped('bridge gone').message == 'no bridge in the network for 0.3 s'
    world.observations = world.node.create_publisher(
        msg.Observation, names.OBSERVATION, qos.qos_profile_observation
    )
    world.is_mute = False
    watch.until_running('bridge gone')


def test_a_loop_that_comes_too_late_is_stopped_until_it_keeps_time(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(max_overruns_in_row=60, observation_timeout=NEVER, answer_timeout=NEVER)
    watch = Watch(world)
    ctypes.PyDLL(None).usleep(400_000)  # nobody else gets the interpreter meanwhile
    watch.until_stopped('overruns')
    watch.until_running('overruns')


def test_a_frozen_actor_notices_that_it_was_away(
    world: World, launch: Callable[..., NodeProcess]
) -> None:
    process = launch(max_overruns_in_row=100)
    watch = Watch(world)
    os.kill(process.child.pid, signal.SIGSTOP)
    world.robot.stand_still()  # as a bridge does that hears nothing
    count = len(world.commands)
    with pytest.raises(TimeoutError):
        world.until(lambda: len(world.commands) > count + 1, timeout=1.5)
    os.kill(process.child.pid, signal.SIGCONT)
    watch.until_stopped('overruns')
    watch.until_running('overruns')


def test_a_policy_that_says_nan_is_stopped_and_kept_as_evidence(
    world: World, start: Callable[..., ActorNode], tmp_path: Path
) -> None:
    start(state_dir=str(tmp_path))
    watch = Watch(world)
    world.publish_weights(make_wild_weights(version=2))
    assert 'policy version 2' in watch.until_stopped('policy numbers').message
    path = tmp_path / 'policy_not_finite_v2.safetensors'
    world.until(path.exists)
    assert decode_weights(path.read_bytes()).version == 2
    world.publish_weights(make_weights(version=3))
    watch.until_running('policy numbers')


def test_an_operator_may_let_a_stopped_policy_try_again(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start()
    watch = Watch(world)
    world.publish_weights(make_wild_weights(version=2))
    watch.until_stopped('policy numbers')
    client = world.node.create_client(SetBool, '/actor/hold')
    world.until(client.service_is_ready)
    stops = world.status.stops
    future = client.call_async(SetBool.Request(data=False))
    world.until(future.done)
    world.until(lambda: world.status.stops > stops)  # it said NaN again
    assert world.status.state == 'stopped'


@pytest.mark.parametrize('stops', [False, True])
def test_a_learner_that_sends_no_weights_any_more_is_shown(
    world: World, start: Callable[..., ActorNode], stops: bool
) -> None:
    start(weights_timeout=0.5, stop_on_stale_weights=stops)
    watch = Watch(world)
    if stops:
        watch.until_stopped('weights stale')
        return
    watch.until_shown('weights stale', DiagnosticStatus.WARN)
    steps = world.status.env_steps
    world.until(lambda: world.status.env_steps > steps + 5)
    world.publish_weights(make_weights(version=2))
    watch.until_shown('weights stale', DiagnosticStatus.OK)


def test_a_learner_that_is_gone_is_shown_and_the_robot_goes_on(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(learner_timeout=0.5)
    watch = Watch(world)
    shown = watch.until_shown('learner gone', DiagnosticStatus.WARN)
    assert shown.message == 'nothing heard of the learner for 0.5 s'
    steps = world.status.env_steps
    world.until(lambda: world.status.env_steps > steps + 5)
    assert world.status.stops == 0
    learner = world.node.create_publisher(
        msg.LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
    )

    def speak_until_heard() -> Any:
        learner.publish(msg.LearnerStatus())
        return watch.status('watchdog learner gone').level == DiagnosticStatus.OK

    world.until(speak_until_heard)


def test_a_jump_of_the_systems_clock_is_shown_and_the_robot_goes_on(
    world: World, start: Callable[..., ActorNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = start()
    watch = Watch(world)
    clock = node.actor.watchdogs.clock  # type: ignore[union-attr]
    system_clock = clock.system_clock
    monkeypatch.setattr(clock, 'system_clock', lambda: system_clock() + 3600 * 10**9)
    shown = watch.until_shown('clock jumps', DiagnosticStatus.WARN)
    assert shown.message.startswith("the system's clock jumped by +3600.")
    assert world.status.stops == 0


def test_a_simulated_time_that_nobody_publishes_holds_nothing_up(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(use_sim_time=True, bridge_timeout=0.5, flush_timeout=0.5, transition_batch_size=1000)
    watch = Watch(world)
    world.until(lambda: len(world.batches) > 2)  # sent because they are due by time
    for _ in range(3):
        world.next_status()
    assert world.status.stops == 0
    assert 0.0 <= world.status.weights_age < 60.0
    assert watch.status('watchdog bridge gone').level == DiagnosticStatus.OK


def test_what_is_refused_missed_and_waiting_is_shown(
    world: World, start: Callable[..., ActorNode]
) -> None:
    start(queue_capacity=100, queue_warn_share=0.2)
    watch = Watch(world)
    names_shown = {s.name for a in watch._arrays for s in a.status}
    assert {f'actor: {part}' for part in ('control loop', 'policy', 'transitions', 'safety')} <= (
        names_shown
    )
    world.acknowledging = False
    world.observations.publish(msg.Observation())
    world.until(lambda: '1 observations refused' in watch.status('control loop').message)
    world.until(lambda: watch.status('transitions').level == DiagnosticStatus.WARN)
    assert 'of 100 transitions wait' in watch.status('transitions').message
