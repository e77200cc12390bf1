# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An exported policy in a node of one's own: python examples/policy_node.py policy.onnx.

It drives what listens to `command` as the actor would, here a sim_bridge. A robot wants more: the
actor's filter and watchdogs, which `make policy ARGS="checkpoint:=policy.onnx"` has.
"""

import sys

import numpy as np
import onnxruntime
import rclpy
from sac_interfaces.msg import Command, Observation

session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
rclpy.init()
node = rclpy.create_node('policy')
publisher = node.create_publisher(Command, 'command', 1)
ends: list[tuple[int, int]] = []


def act(seen: Observation) -> None:
    has_ended, where = seen.terminated or seen.truncated, (seen.episode_id, seen.step)
    if has_ended and ends != [where]:
        ends[:] = [where]
        return  # the bridge begins the next episode by itself
    observation = np.array([seen.observation], np.float32)
    action = session.run(None, {'observation': observation})[0][0]
    command = Command(actor_session=1, bridge_session=seen.bridge_session)
    command.episode_id, command.step = seen.episode_id, seen.step
    command.action = action.tolist()  # in the robot's own units
    command.reset = has_ended  # and said again: the bridge had no command in time, and waits
    publisher.publish(command)


node.create_subscription(Observation, 'observation', act, 10)
try:
    rclpy.spin(node)
except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
    pass
