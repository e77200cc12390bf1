# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the ROS environment says of the network, and what Fast DDS must be told because of it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
import os

# Ethernet's 1500 bytes less the headers of IP, UDP and of a tunnel, such as a VPN's.
_LARGEST_DATAGRAM = 1400
_TRANSPORTS = 'FASTDDS_BUILTIN_TRANSPORTS'
_PROFILES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')


def is_local(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether only this machine can listen."""
    wider = ('ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER')
    return environment.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '').upper() in (
        'LOCALHOST',
        'OFF',
    ) and not any(environment.get(name) for name in wider)


def prepare_for_network(environment: MutableMapping[str, str] = os.environ) -> None:
    """Keep Fast DDS's datagrams below the size that a network carries whole.

    It packs what was lost, and large messages, into datagrams of up to 64 KB, which IP cuts into
    fragments. Each lost fragment makes the others wait 30 s in a buffer of the receiving kernel;
    when that is full no fragment passes any more. To be called before rclpy.init; what the user
    has set stays.
    """
    settled = any(environment.get(name) for name in (_TRANSPORTS, *_PROFILES))
    if not is_local(environment) and not settled:
        environment[_TRANSPORTS] = f'DEFAULT?max_msg_size={_LARGEST_DATAGRAM}B'


def publish_asynchronously(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let Fast DDS send from a thread of its own, instead of from the one that publishes.

    Otherwise a message for a process that has just been killed can keep `publish` for 100 ms for
    each of its listeners (340 ms were seen), and rclpy holds the GIL meanwhile,
    unless it is let go as in publishing.py. To be called before rclpy.init; what the user has set
    stays.
    """
    environment.setdefault('RMW_FASTRTPS_PUBLICATION_MODE', 'ASYNCHRONOUS')
