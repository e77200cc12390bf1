# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one node as a process: start, orderly end on SIGINT or SIGTERM, exit code.

rclpy's own signal handling invalidates the context at once, and with it every chance to send what
is still queued. Here a signal only asks the node to finish, while its callbacks go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import signal
import sys
import time
from types import FrameType
from typing import Protocol, TypeVar

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sac_core.ros.network import prepare_for_network, publish_asynchronously
from sac_core.ros.workarounds.shutdown_deadline import shutdown_deadline
from sac_core.states import ExitReason

EXIT_BAD_CONFIGURATION = 2
EXIT_DIVERGED = 3  # the networks hold numbers that are not finite
_SPIN_SECONDS = 0.05
_LEAVING_SECONDS = 4.0  # to leave the middleware, when everything is delivered and closed


class RunnableNode(Protocol):
    """What a node offers so that it can end in order."""

    node: Node
    exit_code: int  # of the process, read after the end

    def wants_to_end(self) -> bool:
        """Return whether the node has finished its work or failed."""

    def begin_end(self, reason: str) -> None:
        """Stop working; keep delivering what is due. Called once."""

    def has_ended(self) -> bool:
        """Return whether everything due is delivered. Asked until it holds or time is up."""

    def close(self) -> None:
        """Stop threads and release files. Called once, whatever happened before."""


AnyNode = TypeVar('AnyNode', bound=RunnableNode)


def run_node(
    name: str,
    create: Callable[[], AnyNode],
    args: Sequence[str] | None = None,
    *,
    end_timeout: float = 10.0,
    patience: float = _SPIN_SECONDS,
    before_each: Callable[[AnyNode], None] = lambda _: None,
) -> int:
    """Create a node, spin it until it or a signal ends it, and return the exit code.

    :param name: of the process, for the line that reports a bad configuration
    :param create: builds the node; ValueError from it means a bad configuration
    :param before_each: called before each callback; may wait for a while
    :param end_timeout: time for an orderly end [s]; a second signal of another kind cuts it short
    :param patience: longest time until it is seen that the node or a signal wants to end [s]; each
        look costs some 0.5 ms
    """
    signals = _Signals()
    prepare_for_network()
    publish_asynchronously()
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # what rcl makes of a malformed argument or parameter file
        reason = ' '.join(str(error).partition(', at /')[0].split())
        if 'initialize logging' in reason:
            reason += '; set ROS_LOG_DIR to a directory that can be written'
        return _refuse(name, reason)
    try:
        try:
            runnable = create()
        except (ValueError, ParameterException, OSError) as error:
            return _refuse(name, error)
        executor = SingleThreadedExecutor()
        executor.add_node(runnable.node)
        try:
            _spin(runnable, executor, signals, end_timeout, patience, before_each)
        finally:
            runnable.close()
            exit_code = 1 if sys.exc_info()[0] else runnable.exit_code
            with shutdown_deadline(_LEAVING_SECONDS, exit_code):
                executor.shutdown(timeout_sec=1.0)
                runnable.node.destroy_node()
        return runnable.exit_code
    finally:
        rclpy.try_shutdown()


def _refuse(name: str, error: object) -> int:
    print(f'{name}: error: {error}', file=sys.stderr, flush=True)
    return EXIT_BAD_CONFIGURATION


def _spin(
    runnable: AnyNode,
    executor: SingleThreadedExecutor,
    signals: _Signals,
    end_timeout: float,
    patience: float,
    before_each: Callable[[AnyNode], None],
) -> None:
    while not signals.received and not runnable.wants_to_end():
        before_each(runnable)
        executor.spin_once(timeout_sec=patience)
    runnable.begin_end(signals.received or ExitReason.FINISHED)
    deadline = time.monotonic() + end_timeout
    while not runnable.has_ended() and time.monotonic() < deadline and not signals.urgent:
        executor.spin_once(timeout_sec=_SPIN_SECONDS)


class _Signals:
    """Notes SIGINT and SIGTERM. A terminal and a launcher may both send SIGINT: once is enough."""

    def __init__(self) -> None:
        self.received = ''
        self.urgent = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if self.received and name != self.received:
            self.urgent = True
        self.received = self.received or name
