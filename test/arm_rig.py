# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The twin in a process of its own, the bridge before it, and an actor that answers it."""

from __future__ import annotations

from collections.abc import Mapping

from franka_bridge.faults import Need
from franka_bridge.franka_bridge_node import FrankaBridgeNode
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import Command, Observation
from std_srvs.srv import Trigger

LONG = 40.0  # [s]
# A test machine may be slow; whether that is noticed in time is tested elsewhere.
_PATIENT: dict[str, object] = {
    'recovery_pause': 0.1,
    'hold_age': 0.9,
    'fault_age': 1.5,
    'gripper_age': 5.0,
    'command_timeout': 5.0,
    'reset_velocity': 1.0,
}


class Rig:
    """Bridge and twin in real time.

    :param twin: parameters of the twin
    :param bridge: parameters of the bridge
    """

    def __init__(
        self,
        spinner: Spinner,
        *,
        twin: Mapping[str, object] | None = None,
        bridge: Mapping[str, object] | None = None,
        namespace: str = '',
    ) -> None:
        self.spinner = spinner
        self.twin = NodeProcess(
            'panda_sim.panda_sim_node',
            domain_id=spinner.domain_id,
            parameters={'seed': 1, **(twin or {})},
            remappings={'__ns': f'/{namespace}'} if namespace else None,
        )
        values = {**_PATIENT, **(bridge or {})}
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        self.bridge = FrankaBridgeNode(
            context=spinner.context, parameter_overrides=overrides, namespace=namespace
        )
        spinner.add(self.bridge.node)
        self.node = spinner.node('actor', namespace=namespace)
        self.commands = self.node.create_publisher(Command, names.COMMAND, qos.qos_profile_command)
        self.node.create_subscription(
            Observation, names.OBSERVATION, self.answer, qos.qos_profile_observation
        )
        self.observed: list[Observation] = []
        self.drives = 0.0  # each number of the actor's actions
        self.asks_for_resets = True

    @property
    def person_needed(self) -> str:
        return str(self.bridge.runner.recovery.person_needed)

    def answer(self, observation: Observation) -> None:
        self.observed.append(observation)
        if observation.truncated and not self.asks_for_resets:
            return
        command = Command(
            actor_session=1,
            bridge_session=observation.bridge_session,
            episode_id=observation.episode_id,
            step=observation.step,
            reset=observation.truncated,
        )
        command.action.extend([self.drives] * self.bridge.runner.spec.action_dim)
        self.commands.publish(command)

    def inject(self, fault: str) -> None:
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=fault)
        request = SetParameters.Request(parameters=[ParameterMessage(name='fault', value=value)])
        assert self.call(SetParameters, 'panda_sim/set_parameters', request).results[0].successful

    def call(self, kind: object, name: str, request: object) -> object:
        client = self.node.create_client(kind, name)
        self.spinner.until(client.service_is_ready)
        future = client.call_async(request)
        self.spinner.until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def work(self) -> None:
        """Wait until the arm makes steps."""
        steps = self.bridge.runner.episodes.counts.steps
        self.spinner.until(
            lambda: self.bridge.runner.episodes.counts.steps > steps + 5, timeout=LONG
        )

    def person_helps(self) -> None:
        """Say that what needed a person is seen to, and wait until the arm works again."""
        runner = self.bridge.runner
        self.spinner.until(lambda: runner.fault is None or runner.fault.need is not Need.PERSON)
        answer = self.call(Trigger, 'franka_bridge/recover', Trigger.Request())
        assert answer.success, answer.message  # type: ignore[attr-defined]
        self.work()

    def close(self) -> None:
        self.twin.kill()
        self.bridge.close()
