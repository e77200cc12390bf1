# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes without the GIL, so that other threads keep running.

rclpy keeps that lock while the middleware sends, and sending to a process that has just been
killed can take Fast DDS a third of a second. Here rclpy makes a message into bytes, and rcl itself
sends these: ctypes calls it with the lock released.

Can go when rclpy releases the GIL in `Publisher.publish`.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Generic, TypeVar

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import serialize_message
from sac_core.sender_thread import SenderThread

Message = TypeVar('Message')


class PublishError(RuntimeError):
    """The middleware refused a message; the text says why."""


class NoGilPublisher(Generic[Message]):
    """A publisher that blocks only its caller, and with a sender not even that.

    :param sender: its thread sends; None: the one that publishes
    """

    def __init__(
        self,
        node: Node,
        message_type: type[Message],
        topic: str,
        profile: QoSProfile | int,
        *,
        sender: SenderThread | None = None,
    ) -> None:
        self.publisher = node.create_publisher(message_type, topic, profile)
        self._type = message_type
        self._sender = sender
        self._rcl: _Rcl | None = None
        try:
            self._rcl = load_rcl()
            self.publisher.handle.pointer  # noqa: B018  newer versions of rclpy may lack it
        except (OSError, AttributeError) as error:
            self._rcl = None
            _warn_once(node, str(error))

    def publish(self, message: Message) -> None:
        """Publish a message, which may change afterwards.

        :raises TypeError: for a message of another type
        :raises PublishError: see `send`; where a sender publishes, it gets that
        """
        if not isinstance(message, self._type):
            raise TypeError(f'expected {self._type.__name__}, got {type(message).__name__}')
        data = serialize_message(message)
        if self._sender is None:
            self.send(data)
        else:
            self._sender.put(functools.partial(self.send, data))

    def send(self, data: bytes) -> None:
        """Publish a serialized message.

        :raises PublishError: where the middleware refuses it, as after the end of its context
        """
        if self._rcl is None:
            self.publisher.publish(data)
            return
        handle = self.publisher.handle
        with handle:  # keeps it from being destroyed meanwhile
            self._rcl.publish(handle.pointer, data)

    @property
    def subscription_count(self) -> int:
        """Listeners that were found."""
        return int(self.publisher.get_subscription_count())

    def wait_for_all_acked(self, timeout: Duration) -> bool:
        """Wait until every listener has what was sent; keeps the GIL."""
        return bool(self.publisher.wait_for_all_acked(timeout))


class _SerializedMessage(ctypes.Structure):
    """rcutils_uint8_array_t, from rcutils/types/uint8_array.h."""

    _fields_ = (
        ('buffer', ctypes.c_char_p),
        ('buffer_length', ctypes.c_size_t),
        ('buffer_capacity', ctypes.c_size_t),
        ('allocator', ctypes.c_void_p * 5),  # rcl only reads: nothing is allocated
    )


class _ErrorString(ctypes.Structure):
    """rcutils_error_string_t, from rcutils/error_handling.h."""

    _fields_ = (('text', ctypes.c_char * 1024),)


class _Rcl:
    """Functions of the libraries that rclpy has loaded."""

    def __init__(self) -> None:
        rcl, rcutils = ctypes.CDLL('librcl.so'), ctypes.CDLL('librcutils.so')
        self._publish = rcl.rcl_publish_serialized_message
        self._publish.argtypes = (
            ctypes.c_void_p,
            ctypes.POINTER(_SerializedMessage),
            ctypes.c_void_p,
        )
        self._publish.restype = ctypes.c_int
        self._error = rcutils.rcutils_get_error_string
        self._error.argtypes, self._error.restype = (), _ErrorString
        self._forget_error = rcutils.rcutils_reset_error
        self._forget_error.argtypes, self._forget_error.restype = (), None

    def publish(self, publisher: int, data: bytes) -> None:
        """Publish a serialized message.

        :param publisher: address of an rcl_publisher_t
        """
        message = _SerializedMessage(data, len(data), len(data))
        if self._publish(publisher, ctypes.byref(message), None):
            reason = self._error().text.decode(errors='replace')
            self._forget_error()
            raise PublishError(f'not published: {reason}')


@functools.cache
def load_rcl() -> _Rcl:
    return _Rcl()


@functools.cache
def _warn_once(node: Node, reason: str) -> None:
    node.get_logger().warning(
        f'all threads wait while a message is sent, as rcl cannot be called directly: {reason}'
    )
