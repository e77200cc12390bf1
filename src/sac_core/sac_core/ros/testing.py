# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""For tests of nodes: a ROS context of their own, spinning until something holds, processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import gc
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Any, TypeVar

from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from sac_core.child_process import bound_to_this_process
from sac_core.common_lock import open_common, try_lock

# DDS ports of domains above 101 lie among the ports that Linux hands out to anybody.
_DOMAIN_IDS = range(60, 102)
# Longest time between two looks at the condition [s].
_SPIN_SECONDS = 0.05

_locks: dict[int, int] = {}  # domain id: open file
Result = TypeVar('Result')


def claim_domain_id() -> int:
    """Reserve a ROS domain id that no other test process on this machine has.

    It is held until `release_domain_id` or the end of the process.

    :raises RuntimeError: where all of them are taken
    """
    for domain_id in _DOMAIN_IDS:
        path = Path(tempfile.gettempdir()) / f'ros_test_domain_{domain_id}.lock'
        try:
            lock = open_common(path)
        except PermissionError:  # another user's
            continue
        if not try_lock(lock):
            os.close(lock)
            continue
        _locks[domain_id] = lock
        return domain_id
    raise RuntimeError(f'all ROS domain ids from {_DOMAIN_IDS[0]} to {_DOMAIN_IDS[-1]} are taken')


def release_domain_id(domain_id: int) -> None:
    """Give back what `claim_domain_id` returned."""
    os.close(_locks.pop(domain_id))


class Spinner:
    """A context with its own domain id, nodes in it, and an executor that spins them all.

    :param domain_id: by default one that no other test process has while the spinner is open; the
        attribute of the same name is for the environment of child processes
    """

    def __init__(self, domain_id: int | None = None) -> None:
        self._claims = domain_id is None
        self.domain_id = claim_domain_id() if domain_id is None else domain_id
        self.context = Context()
        rclpy.init(context=self.context, domain_id=self.domain_id)
        self._executor = SingleThreadedExecutor(context=self.context)
        self._nodes: list[Node] = []

    def __enter__(self) -> Spinner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def node(self, name: str = 'test', **options: Any) -> Node:
        """Create a node and spin it from now on."""
        return self.add(Node(name, context=self.context, **options))

    def add(self, node: Node) -> Node:
        """Spin a node that was created with `context` from now on."""
        self._nodes.append(node)
        self._executor.add_node(node)
        return node

    def remove(self, node: Node) -> None:
        """Destroy a node, as if its process had ended."""
        self._nodes.remove(node)
        self._executor.remove_node(node)
        node.destroy_node()

    def collect(self, node: Node, message_type: Any, topic: str, profile: QoSProfile) -> list[Any]:
        """Subscribe, and return the list to which each message is appended as it arrives."""
        messages: list[Any] = []
        node.create_subscription(message_type, topic, messages.append, profile)
        return messages

    def set_parameter(self, node: str, name: str, value: Any) -> SetParametersResult:
        """Ask a node to change a parameter, as rqt_reconfigure and `ros2 param set` do.

        :param node: its fully qualified name
        :return: whether it did, and why it did not
        """
        asking = self.node('asking')
        client = asking.create_client(SetParameters, f'{node}/set_parameters')
        self.until(client.service_is_ready)
        parameter = Parameter(name, value=value).to_parameter_msg()
        future = client.call_async(SetParameters.Request(parameters=[parameter]))
        self.until(future.done)
        self.remove(asking)
        return future.result().results[0]

    def until(self, condition: Callable[[], Result], timeout: float = 20.0) -> Result:
        """Spin until a condition is true.

        :param timeout: longest time to spin [s]
        :return: what the condition returned
        :raises TimeoutError: where it stayed false
        """
        deadline = time.monotonic() + timeout
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f'nothing within {timeout:g} s')
            self._executor.spin_once(timeout_sec=_SPIN_SECONDS)
        return result

    def spin_for(self, seconds: float) -> None:
        """Spin for a while, whatever happens."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def close(self) -> None:
        """Destroy the nodes and shut the context down."""
        for node in list(self._nodes):
            self.remove(node)
        self._executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown(context=self.context)
        # A context leaves its domain when it is collected, not before, and an actor tells the
        # collector to overlook all that exists. Too many in a domain no longer find each other.
        gc.unfreeze()
        gc.collect()
        if self._claims:
            release_domain_id(self.domain_id)


def child_environment(domain_id: int) -> dict[str, str]:
    """Environment for a real process that shall meet a `Spinner`, and no other machine."""
    return os.environ | {
        'ROS_DOMAIN_ID': str(domain_id),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_PYTHON_CHECK_FIELDS': '1',
        'PYTHONUNBUFFERED': '1',
    }


class NodeProcess:
    """A real node in a process of its own, which meets a `Spinner`.

    :param module: of the node, as `python -m` takes it
    :param parameters: of the node
    :param remappings: of its names, such as `__ns`, and of topics
    """

    def __init__(
        self,
        module: str,
        *,
        domain_id: int,
        parameters: Mapping[str, object],
        remappings: Mapping[str, str] | None = None,
    ) -> None:
        words = []
        for option, pairs in (('-p', parameters), ('-r', remappings or {})):
            words += [
                part for name, value in pairs.items() for part in (option, f'{name}:={value}')
            ]
        self.child = subprocess.Popen(
            [sys.executable, '-m', module, '--ros-args', *words],
            env=child_environment(domain_id),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )

    def end(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it printed."""
        output, _ = self.child.communicate(timeout=30)
        return self.child.returncode, output

    def kill(self) -> None:
        """End it at once, if it still runs; may be called again."""
        self.child.kill()
        self.child.communicate(timeout=30)
