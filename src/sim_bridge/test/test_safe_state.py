# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The bridge brings its robot to rest: told to, or because nobody tells it anything."""

from __future__ import annotations

from collections.abc import Iterator
import threading
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import Spinner
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_interfaces.msg import Observation
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from .test_sim_bridge_node import Bench

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]
TIMEOUT = 0.3  # [s]


@pytest.fixture(scope='module')
def domain() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


@pytest.fixture
def bench(domain: Spinner) -> Iterator[Bench]:
    bench = Bench(domain, command_timeout=TIMEOUT)
    yield bench
    bench.close()


def place(observed: Observation) -> tuple[int, int]:
    return observed.episode_id, observed.step


def test_a_stop_is_obeyed_at_once_and_needs_no_valid_place(bench: Bench) -> None:
    (second,) = bench.answer(bench.ask())
    (still,) = bench.answer(Observation(), stop=True)
    assert place(still) == place(second)
    assert (still.truncated, still.terminated, still.reward) == (True, False, second.reward)
    assert still.observation == second.observation


def test_only_a_reset_moves_a_robot_that_stands_still(bench: Bench) -> None:
    start = bench.ask()
    (still,) = bench.answer(start, stop=True)
    for late in (start, still):
        assert bench.answer(late) == [still]
    (fresh,) = bench.answer(still, reset=True)
    assert (place(fresh), fresh.truncated) == ((1, 0), False)
    (stepped,) = bench.answer(fresh)
    assert place(stepped) == (1, 1)
    assert bench.bridge.runner.counts.steps == 1


def test_the_robot_stands_still_although_the_middleware_keeps_an_observation(
    domain: Spinner, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, kept = threading.Event(), threading.Event()
    send = NoGilPublisher.send

    def keep(publisher: NoGilPublisher[Any], data: bytes) -> None:
        if publisher is bench.bridge.observations.publisher:
            kept.set()
            let_go.wait()
        send(publisher, data)

    bench.answer(bench.ask())
    monkeypatch.setattr(NoGilPublisher, 'send', keep)
    try:
        domain.until(kept.is_set)
        domain.until(lambda: bench.bridge.runner.is_safe)
    finally:
        let_go.set()
    domain.until(lambda: bench.observations[-1].truncated)


def test_without_commands_the_robot_stands_still_in_time(domain: Spinner, bench: Bench) -> None:
    arrays = domain.collect(
        bench.actor, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status
    )
    observed = bench.ask()
    for _ in range(3):
        (observed,) = bench.answer(observed)
    begun = time.monotonic()
    still = domain.until(lambda: bench.observations[-1].truncated and bench.observations[-1])
    assert TIMEOUT - 0.1 < time.monotonic() - begun < TIMEOUT + 0.3
    assert place(still) == place(observed)

    def warning() -> dict[str, str] | None:
        for status in (status for each in arrays for status in each.status):
            if status.level == DiagnosticStatus.WARN:
                return {'message': status.message} | {x.key: x.value for x in status.values}
        return None

    values = domain.until(warning)
    assert values['message'].startswith('stands still: no command for 0.3')
    assert (values['is_safe'], values['command_timeouts']) == ('True', '1')
    assert TIMEOUT <= float(values['seconds_to_safe_state']) < TIMEOUT + 0.3


def test_nothing_is_expected_before_the_first_command_nor_in_the_safe_state(
    domain: Spinner, bench: Bench
) -> None:
    watch = bench.bridge.watch
    begun = time.monotonic()
    domain.until(lambda: time.monotonic() - begun > 2 * TIMEOUT)
    assert (watch.timeouts, bench.bridge.runner.is_safe) == (0, False)
    bench.answer(bench.ask())
    domain.until(lambda: watch.timeouts)
    begun = time.monotonic()
    domain.until(lambda: time.monotonic() - begun > 2 * TIMEOUT)
    assert watch.timeouts == 1


@pytest.mark.parametrize('action', [(3.0,), (float('nan'),)])
def test_commands_that_are_no_answer_are_no_sign_of_life(
    bench: Bench, action: tuple[float]
) -> None:
    first = bench.ask()
    bench.answer(first)
    deadline = time.monotonic() + 10.0
    while not bench.bridge.runner.is_safe and time.monotonic() < deadline:
        (newest,) = bench.answer(first)  # which was answered before
        bench.send(newest, action)
    assert bench.bridge.watch.timeouts == 1


def test_while_the_emergency_stop_is_pressed_nobody_moves_the_robot(
    domain: Spinner, bench: Bench
) -> None:
    stop = bench.actor.create_publisher(Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop)
    reset = bench.actor.create_client(Trigger, '/sim_bridge/reset')
    domain.until(reset.service_is_ready)
    (second,) = bench.answer(bench.ask())
    stop.publish(Bool(data=True))
    still = domain.until(lambda: bench.observations[-1].truncated and bench.observations[-1])
    assert place(still) == place(second)
    assert bench.answer(still, reset=True) == [still]
    future = reset.call_async(Trigger.Request())
    domain.until(future.done)
    assert (future.result().success, future.result().message) == (False, 'emergency stop')
    assert bench.bridge.runner.counts.steps == 1
    stop.publish(Bool(data=False))
    domain.until(lambda: not bench.bridge.is_emergency)
    (fresh,) = bench.answer(still, reset=True)
    assert (place(fresh), fresh.truncated) == ((1, 0), False)
