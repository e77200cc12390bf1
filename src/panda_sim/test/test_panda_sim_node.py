# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The twin in real time: names, types and QoS of the driver, targets, gripper, settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from action_msgs.msg import GoalStatus
from controller_manager_msgs.srv import ListHardwareComponents
from diagnostic_msgs.msg import DiagnosticStatus
from franka_msgs.action import Grasp, Move
from franka_msgs.msg import FrankaRobotState
from franka_msgs.srv import SetFullCollisionBehavior, SetLoad
from geometry_msgs.msg import PoseStamped
from panda_sim.panda_sim_node import PandaSimNode
from panda_sim.ros import driver_topics as topics
import pytest
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sac_core.ros.testing import Spinner
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from .driver_client import BROADCASTERS, CONTROLLER, DriverClient

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]

BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
STATE = '/franka_robot_state_broadcaster'
RELIABLE = ReliabilityPolicy.RELIABLE
UNRELIABLE = ReliabilityPolicy.BEST_EFFORT

# Of franka_ros2 3.4 (jazzy), CRISP 1.0 and ros2_controllers.
PUBLISHED = {
    '/franka/joint_states': ('sensor_msgs/msg/JointState', RELIABLE),
    '/joint_states': ('sensor_msgs/msg/JointState', RELIABLE),
    '/franka_gripper/joint_states': ('sensor_msgs/msg/JointState', RELIABLE),
    f'{STATE}/robot_state': ('franka_msgs/msg/FrankaRobotState', RELIABLE),
    f'{STATE}/current_pose': ('geometry_msgs/msg/PoseStamped', UNRELIABLE),
    f'{STATE}/last_desired_pose': ('geometry_msgs/msg/PoseStamped', UNRELIABLE),
    f'{STATE}/desired_end_effector_twist': ('geometry_msgs/msg/TwistStamped', UNRELIABLE),
    f'{STATE}/measured_joint_states': ('sensor_msgs/msg/JointState', UNRELIABLE),
    f'{STATE}/desired_joint_states': ('sensor_msgs/msg/JointState', UNRELIABLE),
    f'{STATE}/external_joint_torques': ('sensor_msgs/msg/JointState', UNRELIABLE),
    f'{STATE}/external_wrench_in_base_frame': ('geometry_msgs/msg/WrenchStamped', UNRELIABLE),
    f'{STATE}/external_wrench_in_stiffness_frame': ('geometry_msgs/msg/WrenchStamped', UNRELIABLE),
}
SUBSCRIBED = {
    '/target_pose': ('geometry_msgs/msg/PoseStamped', RELIABLE),
    '/target_joint': ('sensor_msgs/msg/JointState', RELIABLE),
    '/fr3_arm_controller/joint_trajectory': ('trajectory_msgs/msg/JointTrajectory', RELIABLE),
}
SERVICES = {
    '/controller_manager/list_controllers': 'controller_manager_msgs/srv/ListControllers',
    '/controller_manager/list_hardware_components': (
        'controller_manager_msgs/srv/ListHardwareComponents'
    ),
    '/controller_manager/set_hardware_component_state': (
        'controller_manager_msgs/srv/SetHardwareComponentState'
    ),
    '/controller_manager/switch_controller': 'controller_manager_msgs/srv/SwitchController',
    '/service_server/set_joint_stiffness': 'franka_msgs/srv/SetJointStiffness',
    '/service_server/set_cartesian_stiffness': 'franka_msgs/srv/SetCartesianStiffness',
    '/service_server/set_tcp_frame': 'franka_msgs/srv/SetTCPFrame',
    '/service_server/set_stiffness_frame': 'franka_msgs/srv/SetStiffnessFrame',
    '/service_server/set_load': 'franka_msgs/srv/SetLoad',
    '/service_server/set_force_torque_collision_behavior': (
        'franka_msgs/srv/SetForceTorqueCollisionBehavior'
    ),
    '/service_server/set_full_collision_behavior': 'franka_msgs/srv/SetFullCollisionBehavior',
    '/franka_gripper/gripper_action/_action/send_goal': (
        'control_msgs/action/GripperCommand_SendGoal'
    ),
    '/fr3_arm_controller/follow_joint_trajectory/_action/send_goal': (
        'control_msgs/action/FollowJointTrajectory_SendGoal'
    ),
    '/franka_gripper/stop': 'std_srvs/srv/Trigger',
    '/action_server/error_recovery/_action/send_goal': (
        'franka_msgs/action/ErrorRecovery_SendGoal'
    ),
    '/franka_gripper/homing/_action/send_goal': 'franka_msgs/action/Homing_SendGoal',
    '/franka_gripper/move/_action/send_goal': 'franka_msgs/action/Move_SendGoal',
    '/franka_gripper/grasp/_action/send_goal': 'franka_msgs/action/Grasp_SendGoal',
}


@pytest.fixture(scope='module')
def client() -> Iterator[DriverClient]:
    with Spinner() as spinner:
        client = DriverClient(spinner, seed=1)
        yield client
        client.close()


def newest(client: DriverClient, kind: Any, topic: str, profile: QoSProfile | int) -> Any:
    """The next message of a topic."""
    messages: list[Any] = []
    subscription = client.node.create_subscription(kind, topic, messages.append, profile)
    client.spinner.until(lambda: messages)
    client.node.destroy_subscription(subscription)
    return messages[-1]


def test_topics_have_the_drivers_names_types_and_reliability(client: DriverClient) -> None:
    node = client.sim.node
    for table, info in (
        (PUBLISHED, node.get_publishers_info_by_topic),
        (SUBSCRIBED, node.get_subscriptions_info_by_topic),
    ):
        found = {
            topic: (own.topic_type, own.qos_profile.reliability)
            for topic in table
            for own in info(topic)
            if own.node_name == 'panda_sim'
        }
        assert found == table


def test_services_and_actions_have_the_drivers_names_and_types(client: DriverClient) -> None:
    offered = dict(client.sim.node.get_service_names_and_types_by_node('panda_sim', '/'))
    assert {name: offered.get(name) for name in SERVICES} == {
        name: [kind] for name, kind in SERVICES.items()
    }


def test_states_flow_with_the_drivers_content(client: DriverClient) -> None:
    joints = newest(client, JointState, topics.JOINT_STATES, 10)
    assert list(joints.name) == [f'fr3_joint{number}' for number in range(1, 8)]
    assert len(joints.position) == len(joints.velocity) == len(joints.effort) == 7
    pose = newest(client, PoseStamped, topics.CURRENT_POSE, BEST_EFFORT)
    assert pose.header.frame_id == 'fr3_link0'
    assert abs(pose.pose.position.x - 0.3069) < 0.05
    fingers = newest(client, JointState, topics.GRIPPER_JOINT_STATES, 1)
    assert list(fingers.position) == pytest.approx([0.04, 0.04], abs=0.002)
    assert list(fingers.velocity) == list(fingers.effort) == [0.0, 0.0]
    state = newest(client, FrankaRobotState, topics.ROBOT_STATE, 10)
    assert state.robot_mode == FrankaRobotState.ROBOT_MODE_MOVE
    assert state.k_f_ext_hat_k.header.frame_id == 'fr3_hand_tcp'
    assert state.o_t_ee.header.stamp == state.header.stamp
    assert state.control_command_success_rate == 1.0


def test_the_arm_goes_to_a_target_pose(client: DriverClient) -> None:
    target = newest(client, PoseStamped, topics.CURRENT_POSE, BEST_EFFORT)
    target.pose.position.y += 0.03
    client.spinner.until(client.poses.get_subscription_count)
    client.poses.publish(target)
    goal = target.pose.position.y
    client.spinner.until(lambda: abs(client.sim.twin.state().tcp_position[1] - goal) < 0.004)


def test_a_second_publisher_of_targets_is_not_obeyed(client: DriverClient) -> None:
    """As CRISP: two that pull at one arm are one too many."""
    before = newest(client, PoseStamped, topics.CURRENT_POSE, BEST_EFFORT)
    second = client.node.create_publisher(PoseStamped, topics.TARGET_POSE, 1)
    client.spinner.until(lambda: client.sim.node.count_publishers(topics.TARGET_POSE) == 2)
    refused = []
    take = client.sim.twin.set_pose_target
    client.sim.twin.set_pose_target = lambda *_: refused.append('obeyed')
    stamps: list[int] = []
    client.sim.targets.on_target = lambda stamp, _: stamps.append(stamp)
    before.pose.position.y += 0.05
    client.spinner.until(client.poses.get_subscription_count)
    client.poses.publish(before)
    client.spinner.until(lambda: stamps)
    client.sim.twin.set_pose_target = take
    client.node.destroy_publisher(second)
    assert refused == []
    client.spinner.until(lambda: client.sim.node.count_publishers(topics.TARGET_POSE) == 1)


def test_a_trajectory_moves_the_arm_after_a_switch(client: DriverClient) -> None:
    name = 'fr3_arm_controller'
    assert not client.activate(name), 'two controllers on the same joints'
    client.sim.twin.use_controller(None)
    assert client.activate(name)
    assert client.controllers()[name] == 'active'
    publisher = client.node.create_publisher(JointTrajectory, topics.trajectory_topic('fr3'), 1)
    client.spinner.until(publisher.get_subscription_count)
    goal = client.sim.twin.state().joint_positions + 0.05
    point = JointTrajectoryPoint(positions=goal[::-1].tolist())
    point.time_from_start.nanosec = 500_000_000
    names = client.sim.twin.arm.joint_names
    publisher.publish(JointTrajectory(joint_names=names[::-1], points=[point]))
    client.spinner.until(lambda: abs(client.sim.twin.state().joint_positions - goal).max() < 0.01)
    client.sim.twin.use_controller(CONTROLLER)


def test_the_gripper_obeys_its_actions(client: DriverClient) -> None:
    status, result = client.act(Move, 'franka_gripper/move', Move.Goal(width=0.03, speed=0.2))
    assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)
    goal = Grasp.Goal(width=0.0, speed=0.2, force=20.0)
    status, result = client.act(Grasp, 'franka_gripper/grasp', goal)
    assert (status, result.success) == (GoalStatus.STATUS_SUCCEEDED, True)
    status, result = client.act(Move, 'franka_gripper/move', Move.Goal(width=0.5, speed=0.2))
    assert status == GoalStatus.STATUS_ABORTED
    assert 'width' in result.error


def test_thresholds_can_be_set_only_while_nothing_moves(client: DriverClient) -> None:
    service = 'service_server/set_full_collision_behavior'
    request = SetFullCollisionBehavior.Request(
        lower_torque_thresholds_nominal=[50.0] * 7,
        upper_torque_thresholds_nominal=[60.0] * 7,
        lower_force_thresholds_nominal=[50.0] * 6,
        upper_force_thresholds_nominal=[60.0] * 6,
    )
    assert not client.call(SetFullCollisionBehavior, service, request).success
    client.sim.twin.use_controller(None)
    assert client.call(SetFullCollisionBehavior, service, request).success
    assert client.sim.twin.thresholds.upper_force.tolist() == [60.0] * 6
    request.upper_force_thresholds_nominal[0] = 1.0
    assert 'lower <= upper' in client.call(SetFullCollisionBehavior, service, request).error
    assert not client.call(SetLoad, 'service_server/set_load', SetLoad.Request()).success
    client.sim.twin.use_controller(CONTROLLER)


def test_limits_are_reported_with_their_maxima(client: DriverClient) -> None:
    status = newest(client, DiagnosticStatus, 'panda_sim/limits', 10)
    values = {pair.key: float(pair.value) for pair in status.values}
    assert values['joint_velocity_1/limit'] == 2.62
    assert values['ticks'] > 0
    assert values['joint_torque_rate_1'] <= 1000.0 or values['joint_torque_rate_1/exceeded'] > 0


def test_the_hardware_component_is_listed(client: DriverClient) -> None:
    response = client.call(
        ListHardwareComponents,
        'controller_manager/list_hardware_components',
        ListHardwareComponents.Request(),
    )
    (component,) = response.component
    assert (component.name, component.state.label) == ('FrankaHardwareInterface', 'active')
    assert {name: client.controllers()[name] for name in BROADCASTERS} == dict.fromkeys(
        BROADCASTERS, 'active'
    )


def test_a_namespace_goes_before_every_name(client: DriverClient) -> None:
    other = PandaSimNode(context=client.spinner.context, namespace='left')
    node = client.spinner.add(other.node)
    own = ('panda_sim', '/left')
    topics_of = dict(node.get_publisher_names_and_types_by_node(*own))
    topics_of |= dict(node.get_subscriber_names_and_types_by_node(*own))
    wanted = {*PUBLISHED, *SUBSCRIBED}
    assert {f'/left{name}' for name in wanted} <= set(topics_of)
    offered = dict(node.get_service_names_and_types_by_node(*own))
    assert {f'/left{name}' for name in SERVICES} <= set(offered)
    other.close()
    client.spinner.remove(node)


@pytest.mark.parametrize(
    ('name', 'value'),
    [('robot_type', 'ur5'), ('scene', 'moon'), ('controller', 'x'), ('video', 'a.avi')],
)
def test_bad_settings_are_refused_by_name(client: DriverClient, name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        PandaSimNode(
            context=client.spinner.context, parameter_overrides=[Parameter(name, value=value)]
        )
