# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The bridge on real topics: what an actor sees of it, and how its process ends."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
import os
from pathlib import Path
import signal
import subprocess
import sys

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from rclpy.parameter import Parameter
from sac_core.child_process import bound_to_this_process
from sac_core.message_validation import robot_spec_from_message
from sac_core.ros import names, qos
from sac_core.ros.testing import child_environment, NodeProcess, Spinner
from sac_core.testing import until
from sac_interfaces.msg import Command, EnvSpec, Observation
from sim_bridge.sim_bridge_node import SimBridgeNode
from std_srvs.srv import Trigger

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]


@pytest.fixture(scope='module')
def domain() -> Iterator[Spinner]:
    with Spinner() as spinner:
        yield spinner


NEVER = 3600.0


class Bench:
    """A bridge that speaks only when spoken to, and the other side of its topics."""

    def __init__(
        self,
        spinner: Spinner,
        *,
        heartbeat_period: float = NEVER,
        command_timeout: float = 0.0,
    ) -> None:
        self._spinner = spinner
        values = {
            'env_id': 'Pendulum-v1',
            'seed': 1,
            'heartbeat_period': heartbeat_period,
            'command_timeout': command_timeout,
        }
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        self.bridge = SimBridgeNode(context=spinner.context, parameter_overrides=overrides)
        # Its first observation, which it sends unasked, is for nobody.
        until(lambda: self.bridge.observations.sender.durations.take().count > 0)
        spinner.add(self.bridge.node)
        self.actor = spinner.node('actor')
        self._commands = self.actor.create_publisher(
            Command, names.COMMAND, qos.qos_profile_command
        )
        self.observations: list[Observation] = spinner.collect(
            self.actor, Observation, names.OBSERVATION, qos.qos_profile_observation
        )
        spinner.until(
            lambda: (
                self._commands.get_subscription_count()
                and self.bridge.observations.publisher.subscription_count
            )
        )

    def send(self, answered: Observation, action: Sequence[float] = (0.5,), **flags: int) -> None:
        self._commands.publish(
            Command(
                bridge_session=answered.bridge_session,
                episode_id=answered.episode_id,
                step=answered.step,
                action=array('f', action),
                **flags,
            )
        )

    def answer(self, answered: Observation, count: int = 1, **flags: bool) -> list[Observation]:
        """Send a command and wait for as many observations."""
        seen = len(self.observations)
        self.send(answered, **flags)
        self._spinner.until(lambda: len(self.observations) >= seen + count)
        return self.observations[seen:]

    def ask(self) -> Observation:
        """Send a command of nobody, to which the answer is the newest observation."""
        (newest,) = self.answer(Observation())
        return newest

    def close(self) -> None:
        self.bridge.close()
        for node in (self.bridge.node, self.actor):
            self._spinner.remove(node)


@pytest.fixture
def bench(domain: Spinner) -> Iterator[Bench]:
    bench = Bench(domain)
    yield bench
    bench.close()


def test_an_actor_that_joins_late_gets_the_spec_and_the_observation(domain: Spinner) -> None:
    bench = Bench(domain, heartbeat_period=0.1)
    specs = domain.collect(bench.actor, EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
    first = domain.until(lambda: bench.observations)[0]
    spec = robot_spec_from_message(domain.until(lambda: specs)[0])
    bench.close()
    assert (spec.env_id, spec.observation_dim, spec.action_dim) == ('Pendulum-v1', 3, 1)
    assert spec.bridge_session == first.bridge_session > 0
    assert (first.episode_id, first.step, len(first.observation)) == (0, 0, 3)


def test_a_heartbeat_repeats_the_newest_observation_unchanged(domain: Spinner) -> None:
    bench = Bench(domain, heartbeat_period=0.1)
    domain.until(lambda: len(bench.observations) > 2)
    assert bench.observations[0] == bench.observations[1]
    bench.send(bench.observations[0])
    stepped = domain.until(lambda: [each for each in bench.observations if each.step == 1][2:])
    bench.close()
    assert stepped[0] == next(each for each in bench.observations if each.step == 1)


def test_a_command_is_answered_once_by_the_observation_that_follows_it(bench: Bench) -> None:
    observed = bench.ask()
    for step in range(1, 6):
        (observed,) = bench.answer(observed)
        assert (observed.episode_id, observed.step) == (0, step)
        assert observed.reward < 0.0
    assert bench.ask() == observed
    assert len(bench.observations) == 1 + 5 + 1


def test_a_repeated_command_moves_nothing(bench: Bench) -> None:
    start = bench.ask()
    (second,) = bench.answer(start)
    assert bench.answer(start) == [second]
    assert [each.step for each in bench.answer(second)] == [2]


def test_the_last_observation_of_an_episode_comes_before_the_first_of_the_next(
    bench: Bench,
) -> None:
    observed = bench.ask()
    for _ in range(199):
        (observed,) = bench.answer(observed)
    last, first = bench.answer(observed, count=2)
    assert (last.episode_id, last.step) == (0, 200)
    assert (last.truncated, last.terminated) == (True, False)
    assert (first.episode_id, first.step, first.truncated) == (1, 0, False)
    assert bench.ask() == first


@pytest.mark.parametrize('action', [[3.0], [float('nan')], [0.5, 0.5], []])
def test_a_refused_action_is_not_answered_and_moves_nothing(
    domain: Spinner, bench: Bench, action: list[float]
) -> None:
    start = bench.ask()
    bench.send(start, action)
    domain.until(lambda: bench.bridge.runner.counts.refused_actions)
    assert bench.ask() == start
    assert len(bench.observations) == 2


def test_the_reset_service_begins_a_new_episode(domain: Spinner, bench: Bench) -> None:
    bench.answer(bench.ask())
    client = bench.actor.create_client(Trigger, 'sim_bridge/reset')
    domain.until(client.service_is_ready)
    future = client.call_async(Trigger.Request())
    domain.until(lambda: future.done() and len(bench.observations) > 2)
    assert future.result() == Trigger.Response(success=True, message='episode 1 begins')
    assert (bench.observations[2].episode_id, bench.observations[2].step) == (1, 0)


def test_diagnostics_count_steps_and_warn_of_refused_actions(
    domain: Spinner, bench: Bench
) -> None:
    arrays = domain.collect(
        bench.actor, DiagnosticArray, names.DIAGNOSTICS, qos.qos_profile_status
    )
    (second,) = bench.answer(bench.ask())
    bench.send(second, [3.0])

    def warning() -> DiagnosticStatus | None:
        statuses = [status for each in arrays for status in each.status]
        return next((each for each in statuses if each.level == DiagnosticStatus.WARN), None)

    status = domain.until(warning)
    assert status is not None
    values = {each.key: each.value for each in status.values}
    assert (status.name, status.hardware_id) == ('sim_bridge: environment', 'none')
    assert status.message == '1 actions refused'
    assert (values['steps'], values['refused_actions']) == ('1', '1')
    assert arrays[0].header.stamp.sec > 0


def start_bridge(domain: Spinner, *parameters: str, **environment: str) -> subprocess.Popen[str]:
    arguments = [word for each in parameters for word in ('-p', each)]
    return subprocess.Popen(
        [
            *(sys.executable, '-c'),
            'import sys; from sim_bridge.sim_bridge_node import main; sys.exit(main())',
            *(['--ros-args', *arguments] if arguments else []),
        ],
        env=child_environment(domain.domain_id) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=bound_to_this_process(),
    )


@pytest.mark.parametrize(
    ('parameter', 'line'),
    [
        (
            'env_id:=Pendulum-v7',
            "sim_bridge: error: env_id 'Pendulum-v7': Environment version `v7` for environment"
            " `Pendulum` doesn't exist.",
        ),
        ('heartbeat_period:=-1.0', 'sim_bridge: error: heartbeat_period must be in [0.01, 3600]'),
        ('environment:=Pendulum-v1', "sim_bridge: error: unknown parameters ['environment']"),
    ],
)
def test_a_wrong_setting_ends_the_process_with_one_line_and_code_2(
    domain: Spinner, parameter: str, line: str
) -> None:
    process = start_bridge(domain, parameter)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.startswith(line)
    assert errors.count('\n') == 1


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_in_order(domain: Spinner, number: signal.Signals) -> None:
    process = start_bridge(domain, 'env_id:=Pendulum-v1', 'heartbeat_period:=0.1')
    node = domain.node()
    seen = domain.collect(node, Observation, names.OBSERVATION, qos.qos_profile_observation)
    domain.until(lambda: seen)
    process.send_signal(number)
    _, log = process.communicate(timeout=30)
    domain.remove(node)
    assert process.returncode == 0
    assert 'Traceback' not in log
    assert 'Pendulum-v1: 3 observations, 1 actions, 0.05 s of simulated time per step' in log


FAILING = """
import gymnasium

class Failing(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Box(-1, 1, (1,))

    def reset(self, *, seed=None, options=None):
        return self.observation_space.sample(), {}

    def step(self, action):
        raise RuntimeError('motor 3 is on fire')

gymnasium.register('Failing-v0', Failing)
"""


def test_an_environment_that_fails_ends_the_process_with_code_1(
    domain: Spinner, tmp_path: Path
) -> None:
    (tmp_path / 'failing.py').write_text(FAILING)
    process = start_bridge(
        domain,
        'env_id:=failing:Failing-v0',
        'heartbeat_period:=0.1',
        PYTHONPATH=f'{tmp_path}:{":".join(sys.path)}',
    )
    actor = domain.node()
    commands = actor.create_publisher(Command, names.COMMAND, qos.qos_profile_command)
    seen = domain.collect(actor, Observation, names.OBSERVATION, qos.qos_profile_observation)
    domain.until(lambda: seen and commands.get_subscription_count())
    commands.publish(Command(bridge_session=seen[0].bridge_session, action=array('f', [0.0])))
    _, log = process.communicate(timeout=30)
    domain.remove(actor)
    assert process.returncode == 1
    assert 'Failing-v0 failed in step 1 of episode 0: RuntimeError: motor 3 is on fire' in log
    assert 'failing.py", line' in log


SLOW = """
from pathlib import Path
import time

import gymnasium
import numpy as np

HERE = Path(__file__).parent

class Slow(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        number = len(list(HERE.glob('reset_*')))
        (HERE / f'reset_{number}').touch()
        while number and not (HERE / 'go').exists():
            time.sleep(0.01)
        return np.zeros(2, np.float32), {}

    def step(self, action):
        time.sleep(0.3)
        return np.ones(2, np.float32), 1.0, True, False, {}

    def close(self):
        (HERE / 'closed').touch()
        raise OSError('no such arm')

gymnasium.register('Slow-v0', Slow)
"""


def test_an_end_is_told_before_the_reset_and_the_bridge_is_heard_meanwhile(
    domain: Spinner, tmp_path: Path
) -> None:
    (tmp_path / 'slow.py').write_text(SLOW)
    process = start_bridge(
        domain,
        'env_id:=slow:Slow-v0',
        'heartbeat_period:=0.1',
        'command_timeout:=0.2',
        PYTHONPATH=f'{tmp_path}:{":".join(sys.path)}',
    )
    actor = domain.node()
    commands = actor.create_publisher(Command, names.COMMAND, qos.qos_profile_command)
    seen = domain.collect(actor, Observation, names.OBSERVATION, qos.qos_profile_observation)
    domain.until(lambda: seen and commands.get_subscription_count())
    session = seen[0].bridge_session
    commands.publish(Command(bridge_session=session, action=array('f', [0.0])))
    ends = domain.until(lambda: [each for each in seen if each.terminated][3:])
    commands.publish(Command(bridge_session=session, step=1, reset=True))  # of an impatient actor
    assert {(each.episode_id, each.step, each.reward) for each in ends} == {(0, 1, 1.0)}
    assert seen[-1].terminated
    (tmp_path / 'go').touch()
    domain.until(lambda: [each for each in seen if each.episode_id == 1])
    assert len(list(tmp_path.glob('reset_*'))) == 2
    assert {(each.step, each.truncated) for each in seen if each.episode_id} == {(0, False)}
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=30)
    domain.remove(actor)
    assert (process.returncode, (tmp_path / 'closed').exists()) == (0, True)
    assert 'slow step: step 1 of episode 0 took 0.3' in log
    assert "the environment failed in close: OSError('no such arm')" in log


def test_a_second_actor_on_the_same_bridge_moves_nothing_while_the_first_one_lives(
    bench: Bench, domain: Spinner
) -> None:
    newest, refused = bench.ask(), bench.bridge.inbox.refused
    for count in range(1, 4):
        newest = bench.answer(newest, actor_session=1)[-1]
        bench.send(newest, actor_session=2)
        domain.until(lambda count=count: refused[names.COMMAND] == count)
    bench.send(newest, actor_session=1, run_id=8)
    domain.until(lambda: refused[names.COMMAND] == 4)
    assert bench.ask().step == newest.step == 3


def test_a_stop_counts_from_any_actor_of_the_run_and_from_no_other_run(
    bench: Bench, domain: Spinner
) -> None:
    newest = bench.answer(bench.ask(), actor_session=1)[-1]
    bench.send(newest, actor_session=9, run_id=8, stop=True)
    domain.until(lambda: bench.bridge.inbox.refused[names.COMMAND] == 1)
    assert not bench.ask().truncated
    assert bench.answer(newest, actor_session=2, stop=True)[-1].truncated


def test_a_command_for_another_bridge_is_neither_obeyed_nor_answered(
    bench: Bench, domain: Spinner
) -> None:
    newest = bench.ask()
    count = len(bench.observations)
    bench.send(Observation(bridge_session=newest.bridge_session + 1), reset=True)
    domain.until(lambda: bench.bridge.runner.counts.ignored_commands == 2)  # the question is one
    assert bench.ask() == newest
    assert len(bench.observations) == count + 1


def test_a_bridge_that_comes_second_to_a_topic_ends_and_names_the_first(
    bench: Bench, domain: Spinner, capfd: pytest.CaptureFixture[str]
) -> None:
    process = NodeProcess(
        'sim_bridge.sim_bridge_node',
        domain_id=domain.domain_id,
        parameters={'env_id': 'Pendulum-v1'},
    )
    try:
        domain.until(lambda: bench.bridge.inbox.refused[names.ENV_SPEC] == 1)
        exit_code, output = process.end()
    finally:
        process.kill()
    assert exit_code == 2
    assert f'error: /sim_bridge, process {os.getpid()} on' in output
    assert 'speaks on /observation already' in output
    assert not bench.bridge.wants_to_end()
    assert 'speaks on /observation, too' in capfd.readouterr().err


def test_two_bridges_with_topics_of_their_own_share_the_description(
    bench: Bench, domain: Spinner
) -> None:
    values = {'env_id': 'Pendulum-v1'}
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    words = [
        '--ros-args',
        '-r',
        'observation:=second/observation',
        '-r',
        'command:=second/command',
    ]
    other = SimBridgeNode(context=domain.context, parameter_overrides=overrides, cli_args=words)
    specs = domain.collect(bench.actor, EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec)
    domain.add(other.node)
    domain.until(lambda: len(specs) == 2)
    domain.spin_for(0.5)
    assert not other.wants_to_end()
    assert not bench.bridge.wants_to_end()
    other.close()
    domain.remove(other.node)
