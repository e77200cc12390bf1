# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Without autostart, nothing moves until a lifecycle client asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import ActorStatus, Command, LearnerStatus

pytestmark = pytest.mark.timeout(90)
MANUAL = {'autostart': 'false', 'status_period': 0.1}
PROCESSES: dict[str, dict[str, object]] = {
    'sim_bridge.sim_bridge_node': {'env_id': 'Pendulum-v1'},
    'sac_learner.learner_node': {**MANUAL, 'hidden_dims': [8], 'batch_size': 8, 'threads': 1},
    'sac_actor.actor_node': {**MANUAL, 'control_rate': 100.0},
}


class Operator:
    """Hears the real processes and asks them for lifecycle transitions."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        self.node = spinner.node('operator')
        collect = spinner.collect
        self.actor: list[ActorStatus] = collect(
            self.node, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.learner: list[LearnerStatus] = collect(
            self.node, LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self.commands: list[Command] = collect(
            self.node, Command, names.COMMAND, qos.qos_profile_command
        )

    def change(self, name: str, transition: int) -> bool:
        client = self.node.create_client(ChangeState, f'/{name}/change_state')
        self.spinner.until(client.service_is_ready)
        future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        self.spinner.until(future.done, timeout=40)
        return bool(future.result().success)

    def until_waiting_for(self, statuses: list[ActorStatus], what: str) -> None:
        self.spinner.until(lambda: statuses and statuses[-1].waiting_for == what, timeout=60)

    def steps_more(self, count: int) -> bool:
        begin = self.actor[-1].env_steps
        return bool(self.spinner.until(lambda: self.actor[-1].env_steps >= begin + count))


@pytest.fixture
def operator() -> Iterator[Operator]:
    with Spinner() as spinner:
        processes = [
            NodeProcess(module, domain_id=spinner.domain_id, parameters=parameters)
            for module, parameters in PROCESSES.items()
        ]
        yield Operator(spinner)
        for process in processes:
            process.kill()


def test_an_operator_configures_activates_and_deactivates(operator: Operator) -> None:
    operator.until_waiting_for(operator.learner, 'its configuration')
    operator.until_waiting_for(operator.actor, 'policy_weights from a learner')
    assert not operator.change('actor', Transition.TRANSITION_CONFIGURE)  # nothing to act by
    assert operator.change('learner', Transition.TRANSITION_CONFIGURE)
    operator.until_waiting_for(operator.learner, 'its activation')
    assert operator.change('learner', Transition.TRANSITION_ACTIVATE)
    operator.until_waiting_for(operator.actor, 'its configuration')
    assert operator.change('actor', Transition.TRANSITION_CONFIGURE)
    operator.until_waiting_for(operator.actor, 'its activation')
    assert operator.commands == []
    for _ in range(2):
        assert operator.change('actor', Transition.TRANSITION_ACTIVATE)
        assert operator.steps_more(20)
        assert operator.change('actor', Transition.TRANSITION_DEACTIVATE)
        operator.until_waiting_for(operator.actor, 'its activation')
    operator.spinner.until(lambda: operator.learner[-1].env_steps >= 40)
