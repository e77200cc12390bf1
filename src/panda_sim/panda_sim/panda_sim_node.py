# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node `panda_sim`: the twin behind the driver's topics, in real time or in lockstep."""

from __future__ import annotations

import sys
import time
from typing import Any

from builtin_interfaces.msg import Time
from panda_sim.config import TwinSettings
from panda_sim.controller_manager import JOINT_STATES, ROBOT_STATE
from panda_sim.faults import Faults, HELP
from panda_sim.lockstep import Lockstep, Request
from panda_sim.real_time import RealTimeTicks
from panda_sim.ros.conditions import Conditions
from panda_sim.ros.limits_publisher import LimitsPublisher
from panda_sim.ros.pictures import Pictures
from panda_sim.ros.state_publisher import StatePublisher
from panda_sim.ros.targets import Targets
from panda_sim.twin import Twin
from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_core.ros.timers import create_timer, throttled
from std_msgs.msg import UInt64

try:
    from panda_sim.ros.gripper_server import GripperServer
    from panda_sim.ros.point_to_point import PointToPoint
    from panda_sim.ros.robot_services import RobotServices
    from panda_sim.ros.robot_state_publisher import RobotStatePublisher

    HAS_FRANKA_MSGS = True
except ImportError:
    HAS_FRANKA_MSGS = False
try:
    from panda_sim.ros.standard_actions import StandardActions

    HAS_CONTROL_MSGS = True
except ImportError:
    HAS_CONTROL_MSGS = False
try:
    from panda_sim.ros.manager_services import ManagerServices

    HAS_MANAGER_MSGS = True
except ImportError:
    HAS_MANAGER_MSGS = False

_LIMITS_PERIOD = 1.0


class PandaSimNode:
    """Moves messages between the topics and a `Twin`, and time on.

    :param node_options: for rclpy's Node, such as a context of its own
    :raises ValueError: where a parameter does not do
    """

    def __init__(self, **node_options: Any) -> None:
        self.node = node = Node('panda_sim', **node_options)
        self.exit_code = 0
        settings = declare_settings(node, TwinSettings)
        self._fault_parameter()
        refuse_unknown_overrides(node)
        self.twin = twin = Twin(
            settings.robot_type,
            settings.seed,
            settings.scene,
            controller=settings.controller or None,
            joint_prefix=settings.joint_prefix,
            base_position=settings.base_position,
            base_orientation=settings.base_orientation,
        )
        self._faults = Faults(twin)
        self._step_duration = settings.step_duration
        self._states = StatePublisher(
            node,
            twin.arm,
            joint_states_rate=settings.joint_states_rate,
            convenience_rate=settings.convenience_publish_rate,
        )
        self.targets = Targets(node, twin, self.on_target)
        self._limits = LimitsPublisher(node, twin.limits)
        self._robot_state: RobotStatePublisher | None = None
        self._robot: RobotServices | None = None
        self._point_to_point: PointToPoint | None = None
        self._gripper: GripperServer | None = None
        self._conditions = Conditions()
        if HAS_FRANKA_MSGS:
            self._robot_state = RobotStatePublisher(node, twin.arm, rate=settings.robot_state_rate)
            self._robot = RobotServices(node, twin)
            self._point_to_point = PointToPoint(node, twin, self._conditions)
            self._gripper = GripperServer(node, twin.gripper, self._conditions)
        self._standard = (
            StandardActions(node, twin, self._conditions) if HAS_CONTROL_MSGS else None
        )
        self._manager = ManagerServices(node, twin) if HAS_MANAGER_MSGS else None
        self._pictures = (
            Pictures(node, twin, rate=settings.render_rate, video=settings.video)
            if settings.render or settings.video
            else None
        )
        # Simulated time of others may stand still.
        create_timer(node, _LIMITS_PERIOD, self._limits.publish)
        self._lockstep: Lockstep | None = None
        self._real_time: RealTimeTicks | None = None
        if settings.lockstep:
            self._lockstep = Lockstep(settings.step_duration, self.targets.sources)
            node.create_subscription(UInt64, 'panda_sim/advance', self._on_advance, 10)
        else:
            self._real_time = RealTimeTicks(time.monotonic_ns())
            fastest = max(settings.joint_states_rate, settings.convenience_publish_rate)
            create_timer(node, 1.0 / fastest, self._on_time)
        self._report(settings)

    def wants_to_end(self) -> bool:
        return self.exit_code != 0

    def begin_end(self, reason: str) -> None:
        """Nothing is due: a state is sent as soon as it exists."""

    def has_ended(self) -> bool:
        return True

    def close(self) -> None:
        self._conditions.close()
        for part in (
            self._pictures,
            self._gripper,
            self._robot,
            self._point_to_point,
            self._standard,
        ):
            if part:
                part.close()

    def _on_time(self) -> None:
        assert self._real_time
        lost = self._real_time.lost
        ticks = self._real_time.due(time.monotonic_ns())
        if self._real_time.lost > lost:
            self.node.get_logger().warning(
                f'too slow for real time: {self._real_time.lost} ms lost so far',
                **throttled(5.0),
            )
        if ticks:
            self.twin.advance(ticks * 0.001)
            self._publish(self.node.get_clock().now().to_msg())

    def _on_advance(self, message: UInt64) -> None:
        assert self._lockstep
        self._follow(self._lockstep.request(message.data))

    def on_target(self, stamp: int, topic: str) -> None:
        if self._lockstep:
            self._follow(self._lockstep.target(stamp, topic))

    def _follow(self, request: Request) -> None:
        assert self._lockstep
        if request is Request.SIMULATE:
            self.twin.advance(self._step_duration)
            self._lockstep.simulated()
        if request is not Request.WAIT:
            seconds, nanoseconds = divmod(self._lockstep.stamp, 1_000_000_000)
            self._publish(Time(sec=seconds, nanosec=nanoseconds), always=True)

    def _publish(self, stamp: Time, *, always: bool = False) -> None:
        twin = self.twin
        tick = round(twin.time * 1000.0)
        if not self._faults.state_stopped:
            state = twin.state()
            broadcasts = twin.manager.is_active(ROBOT_STATE)
            self._states.publish(
                state,
                stamp,
                tick,
                joint_states=twin.manager.is_active(JOINT_STATES),
                robot_state=broadcasts,
                always=always,
            )
            if self._robot_state and broadcasts:
                self._robot_state.publish(state, stamp, tick, always=always)
        self._conditions.poll()
        if self._pictures:
            self._pictures.look(tick)

    def _fault_parameter(self) -> None:
        self.node.declare_parameter('fault', 'none', ParameterDescriptor(description=HELP))
        self.node.add_on_set_parameters_callback(self._on_parameters)

    def _on_parameters(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            if parameter.name == 'fault':
                try:
                    self._faults.inject(str(parameter.value))
                except ValueError as error:
                    return SetParametersResult(successful=False, reason=str(error))
                self.node.get_logger().warning(f'fault injected: {parameter.value}')
        return SetParametersResult(successful=True)

    def _report(self, settings: TwinSettings) -> None:
        logger = self.node.get_logger()
        pace = f'lockstep of {settings.step_duration:g} s' if self._lockstep else 'real time'
        logger.info(f'{settings.robot_type} in scene {settings.scene}, {pace}')
        for package, is_there in (
            ('franka_msgs', HAS_FRANKA_MSGS),
            ('control_msgs', HAS_CONTROL_MSGS),
            ('controller_manager_msgs', HAS_MANAGER_MSGS),
        ):
            if not is_there:
                logger.warning(f'{package} is not installed: its topics and services are missing')


def main() -> int:
    return run_node('panda_sim', PandaSimNode)


if __name__ == '__main__':
    sys.exit(main())
