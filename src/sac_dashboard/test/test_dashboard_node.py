# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The real node between a run's topics and services and a real browser's requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import signal
import socket
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_dashboard.dashboard_node import DashboardNode
from sac_interfaces.msg import ActorStatus, EnvSpec, Episode, LearnerStatus
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from .web_client import command, events, Reply

pytestmark = pytest.mark.node

TOPICS = {
    'spec': (EnvSpec, names.ENV_SPEC, qos.qos_profile_env_spec),
    'actor': (ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status),
    'learner': (LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status),
    'episode': (Episode, names.EPISODE, qos.qos_profile_episode),
    'diagnostics': (DiagnosticArray, names.DIAGNOSTICS, 10),
    'stop': (Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop),
}

LOSS = {'metric_names': ['critic_loss'], 'metric_values': [0.25]}


class FakeRun:
    """What the nodes of a run publish, and services that write down how they are called."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        self.calls: list[tuple[str, bool | None]] = []
        node = spinner.node('run')
        self._publishers = {name: node.create_publisher(*topic) for name, topic in TOPICS.items()}
        for service in ('actor_1/actor/hold', 'actor_1/actor/pause', 'learner/pause'):
            node.create_service(SetBool, service, self._on(service))
        for service in (
            'actor_1/actor/reset',
            'actor_1/actor/evaluate',
            'learner/save_checkpoint',
        ):
            node.create_service(Trigger, service, self._on(service))
        self.stops = spinner.collect(node, Bool, *TOPICS['stop'][1:])

    def _on(self, name: str) -> Callable[[Any, Any], Any]:
        def answer(request: Any, response: Any) -> Any:
            self.calls.append((name, getattr(request, 'data', None)))
            response.success, response.message = name != 'learner/pause', f'{name} it is'
            return response

        return answer

    def say(self, topic: str, **fields: Any) -> None:
        """Publish once somebody listens."""
        publisher = self._publishers[topic]
        self.spinner.until(publisher.get_subscription_count)
        publisher.publish(TOPICS[topic][0](**fields))

    def say_actor(self, **fields: Any) -> None:
        known = {'actor': '/actor_1/actor', 'actor_session': 3, 'state': 'running'}
        self.say('actor', **(known | fields))


@pytest.fixture
def node(spinner: Spinner) -> Iterator[DashboardNode]:
    found = DashboardNode(
        context=spinner.context,
        cli_args=['--ros-args', '-p', 'port:=0', '-p', 'update_period:=0.1'],
    )
    spinner.add(found.node)
    yield found
    found.close()


@pytest.fixture
def run(spinner: Spinner) -> FakeRun:
    return FakeRun(spinner)


def page_of(node: DashboardNode) -> Iterator[dict[str, Any]]:
    """Yield what a page would show, each time anew."""
    while True:
        stream = events(node.server.port)
        yield next(stream)[1]
        stream.close()


def give(run: FakeRun, node: DashboardNode, name: str, **content: Any) -> Reply:
    """Give a command as the page does, while the nodes go on."""
    with ThreadPoolExecutor(1) as thread:
        reply = thread.submit(command, node.server.port, name, **content)
        run.spinner.until(reply.done)
        return reply.result()


def test_the_page_shows_what_the_topics_say(node: DashboardNode, run: FakeRun) -> None:
    run.say(
        'spec',
        bridge_session=1,
        env_id='Pendulum-v1',
        observation_dim=3,
        action_dim=1,
        action_low=[-2.0],
        action_high=[2.0],
        step_duration=0.05,
    )
    run.say_actor(env_steps=40, overruns=3, period_max=0.1, weights_age=0.5)
    run.say('learner', learner_session=2, state='training', env_steps=39, **LOSS)
    run.say(
        'episode',
        actor='/actor_1/actor',
        actor_session=3,
        env_steps=40,
        length=40,
        episode_return=-5.0,
    )
    status = DiagnosticStatus(name='actor: safety', level=b'\1', message='late\nand more')
    status.values = [KeyValue(key='p99', value='9 ms')]
    run.say('diagnostics', status=[status])
    pages = page_of(node)

    def complete() -> dict[str, Any] | None:
        page = next(pages)
        is_complete = page['metrics']['recent'] and page['now']['diagnostics']
        return page if is_complete and page['now']['episodes'] and page['now']['learner'] else None

    page = run.spinner.until(complete)
    assert page is not None
    now = page['now']
    assert (now['env_id'], now['env_steps'], now['return_mean']) == ('Pendulum-v1', 40, -5.0)
    assert now['actors'][0]['name'] == 'actor_1'
    assert now['actors'][0]['period_max'] == 0.1
    assert now['learner']['critic_loss'] == 0.25
    assert now['diagnostics'][0]['message'] == 'late and more'
    assert now['diagnostics'][0]['values'] == [['p99', '9 ms']]
    assert page['episodes']['recent'] == [[40, -5.0, -5.0]]


def test_each_button_calls_its_service_and_shows_the_answer(
    node: DashboardNode, run: FakeRun
) -> None:
    run.say_actor()

    def press(name: str, service: str, value: bool | None) -> None:
        content: dict[str, Any] = {'confirmed': True}
        if service.startswith('actor'):
            content['actor'] = '/actor_1/actor'

        def reached() -> Reply | None:  # discovery takes its time
            reply = give(run, node, name, **content)
            is_there = not reply.json['message'].endswith(('cannot be reached', 'in this run'))
            return reply if is_there else None

        reply = run.spinner.until(reached)
        assert reply is not None
        assert reply.json == {'success': service != 'learner/pause', 'message': f'{service} it is'}
        assert run.calls[-1] == (service, value)

    press('hold', 'actor_1/actor/hold', True)
    press('release', 'actor_1/actor/hold', False)
    press('pause_collecting', 'actor_1/actor/pause', True)
    press('resume_collecting', 'actor_1/actor/pause', False)
    press('reset', 'actor_1/actor/reset', None)
    press('evaluate', 'actor_1/actor/evaluate', None)
    press('pause_training', 'learner/pause', True)
    press('resume_training', 'learner/pause', False)
    press('save_checkpoint', 'learner/save_checkpoint', None)
    assert len(run.calls) == 9


def test_the_emergency_stop_is_latched_and_let_go_only_when_confirmed(
    node: DashboardNode, run: FakeRun, spinner: Spinner
) -> None:
    assert give(run, node, 'press_emergency_stop').json['success']
    spinner.until(lambda: run.stops)
    late = spinner.collect(spinner.node('late'), Bool, *TOPICS['stop'][1:])
    spinner.until(lambda: late)  # who comes later knows, too
    assert late[-1].data
    pages = page_of(node)
    assert spinner.until(lambda: next(pages)['now']['emergency_stop'])
    assert give(run, node, 'release_emergency_stop').status == 400
    assert next(pages)['now']['emergency_stop']
    assert give(run, node, 'release_emergency_stop', confirmed=True).json['success']
    spinner.until(lambda: not late[-1].data)
    assert spinner.until(lambda: not next(pages)['now']['emergency_stop'])


def test_a_stop_that_somebody_else_lets_go_is_not_latched_here_any_more(
    node: DashboardNode, run: FakeRun, spinner: Spinner
) -> None:
    give(run, node, 'press_emergency_stop')
    spinner.until(lambda: run.stops)
    run.say('stop', data=False)
    pages = page_of(node)
    spinner.until(lambda: not next(pages)['now']['emergency_stop'])
    both = qos.qos_profile_emergency_stop_heard
    late = spinner.collect(spinner.node('late'), Bool, names.EMERGENCY_STOP, both)
    spinner.until(lambda: len(late) == 2)  # of both buttons
    assert [each.data for each in late] == [False, False]


def test_what_is_not_there_is_said_to_be_so(node: DashboardNode, run: FakeRun) -> None:
    reply = give(run, node, 'hold', actor='/stranger')
    assert reply.json == {'success': False, 'message': 'no actor /stranger in this run'}
    run.say_actor(actor='/gone/actor')
    pages = page_of(node)
    run.spinner.until(lambda: next(pages)['now']['actors'])
    reply = give(run, node, 'hold', actor='/gone/actor')
    assert reply.json == {'success': False, 'message': '/gone/actor cannot be reached'}


def test_nonsense_on_the_topics_is_passed_over(node: DashboardNode, run: FakeRun) -> None:
    run.say_actor(actor='no name', actor_session=8)
    run.say_actor(actor='/x/actor', actor_session=0)
    run.say('learner', learner_session=2, env_steps=2**63 - 1)
    run.say('diagnostics', status=[DiagnosticStatus(name='actor: safety', level=b'\x63')])
    run.say_actor(env_steps=1)
    pages = page_of(node)
    now = run.spinner.until(lambda: (now := next(pages)['now'])['actors'] and now)
    assert [each['actor'] for each in now['actors']] == ['/actor_1/actor']
    assert (now['learner'], now['diagnostics']) == (None, [])


@pytest.mark.timeout(90)
def test_the_process_prints_its_link_and_ends_with_the_run(
    spinner: Spinner, domain_id: int, tmp_path: Path
) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        process = NodeProcess(
            'sac_dashboard.dashboard_node',
            domain_id=domain_id,
            parameters={'port': port, 'run_dir': tmp_path},
        )
        try:
            assert process.child.stdout is not None
            link = process.child.stdout.readline().split()[-1]
            own = int(link.rstrip('/').rpartition(':')[2])
            assert port < own < port + 20
            stream = events(own)
            assert next(stream)[0] == 'history'
            process.child.send_signal(signal.SIGINT)
            assert [name for name, _ in stream][-1] == 'end'
            assert process.end()[0] == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ('parameters', 'reason'),
    [
        ({'port': 99999}, 'port must be in [0, 65535], got 99999'),
        ({'host': 'nowhere.invalid'}, "host 'nowhere.invalid' is no address of this machine"),
        ({'token_file': '/no/such/file'}, 'token_file /no/such/file cannot be read'),
        ({'colour': 'red'}, "unknown parameters ['colour']"),
    ],
)
def test_a_bad_parameter_is_refused_in_one_line(
    domain_id: int, parameters: dict[str, object], reason: str
) -> None:
    process = NodeProcess(
        'sac_dashboard.dashboard_node', domain_id=domain_id, parameters=parameters
    )
    code, output = process.end()
    assert code == 2
    assert output.startswith('dashboard: error: ')
    assert reason in output
