# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Every parameter of every node of a run, asked for a change through its service.

Those that may change while a run is under way do, within their ranges; the others say why not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parameters_page
import pytest
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.parameter import Parameter, parameter_value_to_python
from real_run import Runner
from sac_core.ros.parameters import ros_value
from sac_core.ros.testing import NodeProcess, Spinner

pytestmark = pytest.mark.timeout(120)

# Of each node a change that it takes, and one that it refuses; nothing else may change.
LIVE: dict[str, dict[str, tuple[Any, Any]]] = {
    'actor': {
        'deterministic': (True, 'perhaps'),
        'lowest_action': ([-0.5], [-1.5]),
        'highest_action': ([0.5], [-0.6]),
        'max_action_change': (0.4, 9.0),
        'status_period': (0.5, 0.0),
    },
    'learner': {
        'utd_ratio': (3, 0),
        'weights_publish_period': (0.5, -1.0),
        'status_period': (0.5, 1e4),
    },
    'monitor': {'metrics_period': (0.5, 0.0)},
}
# What is no part of a simulated run.
OTHERS = (
    'franka_bridge.franka_bridge_node',
    'panda_sim.panda_sim_node',
    'sac_actor.joy_teleop_node',
)
WHY_NOT = 'is read when the node starts, and cannot be changed while it runs; what can is'


class People:
    """Who asks the nodes."""

    def __init__(self, spinner: Spinner) -> None:
        self._spinner = spinner
        self._node = spinner.node('people')
        self._clients: dict[str, Any] = {}

    def set(self, node: str, name: str, value: Any) -> str:
        """Return why it was refused; empty where it was not."""
        parameter = Parameter(name, value=value).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        (result,) = self._ask(SetParameters, f'/{node}/set_parameters', request).results
        assert result.successful is not bool(result.reason)
        return str(result.reason)

    def insist(self, node: str, name: str, value: Any) -> None:
        """Ask until it is done: an actor judges limits once it knows its robot."""
        self._spinner.until(lambda: not self.set(node, name, value), timeout=60.0)

    def get(self, node: str, name: str) -> Any:
        request = GetParameters.Request(names=[name])
        (value,) = self._ask(GetParameters, f'/{node}/get_parameters', request).values
        return ros_value(parameter_value_to_python(value))

    def _ask(self, kind: Any, service: str, request: Any) -> Any:
        if service not in self._clients:
            self._clients[service] = self._node.create_client(kind, service)
        client = self._clients[service]
        self._spinner.until(client.service_is_ready, timeout=60.0)
        future = client.call_async(request)
        self._spinner.until(future.done)
        return future.result()


@pytest.fixture(scope='module')
def people(shared_runner: Runner, small_learner: Path) -> Iterator[People]:
    domain_id = int(shared_runner.environment['ROS_DOMAIN_ID'])
    shared_runner.start(
        'train',
        *('env_id:=Pendulum-v1', 'max_env_steps:=0', f'params_file:={small_learner}'),
        *('record:=true', 'dashboard:=true', 'dashboard_port:=0'),
        f'run_dir:={shared_runner.directory / "run"}',
    )
    others = [
        NodeProcess(
            module,
            domain_id=domain_id,
            parameters={},
            remappings={name: f'apart_{index}/{name}' for name in ('observation', 'env_spec')},
        )
        for index, module in enumerate(OTHERS)
    ]
    with Spinner(domain_id) as spinner:
        yield People(spinner)
    for process in others:
        process.kill()


@pytest.mark.parametrize('node', [each for each in parameters_page.NODES if ' ' not in each])
def test_parameters_change_within_their_ranges_or_say_why_they_do_not(
    people: People, node: str
) -> None:
    settings = parameters_page.declared(node)
    live = LIVE.get(node, {})
    assert {each.name for each in settings if each.changeable} == set(live)
    for each in settings:
        before = people.get(node, each.name)
        if each.name not in live:
            assert f'{each.name} {WHY_NOT}' in people.set(node, each.name, before)
            continue
        good, bad = live[each.name]
        if node == 'actor':  # it can judge its limits once the robot is known
            people._spinner.until(
                lambda name=each.name, good=good: not people.set(node, name, good)
            )
        else:
            assert people.set(node, each.name, good) == ''
        assert people.get(node, each.name) == good
        assert each.name in people.set(node, each.name, bad)
        assert people.get(node, each.name) == good
