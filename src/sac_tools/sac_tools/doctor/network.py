# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whether nodes can find and hear each other: multicast, DDS settings, shared memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import os
from pathlib import Path
import shutil
import socket

from sac_core.ros.network import is_local
from sac_core.ros_environment import domain_id, environment_problems
from sac_tools.doctor.finding import Finding, judge, NOTE, OK, PROBLEM

_GROUP = '239.255.0.1'  # of DDS's discovery
_LARGEST_SAFE_DOMAIN = 101  # beyond it, ports lie in the range that Linux gives to clients
_WANTED_BUFFER = 4_000_000  # bytes
_SHARED_MEMORY = Path('/dev/shm')
_WANTED_SHARED = 64_000_000  # bytes
_SETTINGS = (
    'RMW_IMPLEMENTATION',
    'ROS_DOMAIN_ID',
    'ROS_AUTOMATIC_DISCOVERY_RANGE',
    'ROS_STATIC_PEERS',
    'ROS_DISCOVERY_SERVER',
    'FASTDDS_BUILTIN_TRANSPORTS',
    'FASTDDS_DEFAULT_PROFILES_FILE',
    'FASTRTPS_DEFAULT_PROFILES_FILE',
    'CYCLONEDDS_URI',
    'ROS_SECURITY_ENABLE',
)


def check_network(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at what DDS needs."""
    for problem in environment_problems(environment):
        found, _, advice = problem.rpartition(': ')
        yield Finding('ROS settings', PROBLEM, found, advice)
    yield from _domain(environment)
    told = [f'{name}={environment[name]}' for name in _SETTINGS if environment.get(name)]
    yield Finding('DDS settings', OK, ', '.join(told) or "none: ROS's defaults")
    rmw = environment.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp')
    if rmw != 'rmw_fastrtps_cpp':
        yield Finding('DDS', NOTE, rmw, 'the project is tested with rmw_fastrtps_cpp')
    yield _multicast('127.0.0.1', 'loopback multicast')
    if is_local(environment):
        yield Finding('reach', OK, 'nodes on this machine only', 'two machines: docs/networks.md')
    else:
        yield _multicast(_own_address(), 'network multicast')
        buffer = int(Path('/proc/sys/net/core/rmem_max').read_text())
        yield judge(
            'socket buffers',
            buffer >= _WANTED_BUFFER,
            f'net.core.rmem_max {buffer:,} bytes',
            f'for lossy networks: sudo sysctl -w net.core.rmem_max={_WANTED_BUFFER}',
        )
    yield from _shared_memory()


def _domain(environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        number = domain_id(environment)
    except ValueError:
        return  # told among the problems
    yield judge(
        'ROS domain',
        number <= _LARGEST_SAFE_DOMAIN,
        str(number) if environment.get('ROS_DOMAIN_ID') else '0, the default',
        f'its ports may be taken by other programs: better a ROS_DOMAIN_ID up to'
        f' {_LARGEST_SAFE_DOMAIN}',
    )


def _multicast(address: str, topic: str) -> Finding:
    """Send a datagram to the group and hear it again, as DDS's discovery does."""
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hears,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaks,
        ):
            hears.bind(('', 0))
            hears.settimeout(1.0)
            membership = socket.inet_aton(_GROUP) + socket.inet_aton(address)
            hears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            interface = socket.inet_aton(address)
            speaks.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
            speaks.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
            speaks.sendto(b'sac doctor', (_GROUP, hears.getsockname()[1]))
            hears.recv(100)
    except OSError as error:
        reason = 'nothing came back' if isinstance(error, TimeoutError) else str(error)
        advice = (
            'nodes may not find each other: sudo ip link set lo multicast on, and let UDP from'
            ' 7400 on through the firewall; or set ROS_STATIC_PEERS (docs/networks.md)'
        )
        return Finding(topic, NOTE, f'to {_GROUP} by {address}: {reason}', advice)
    return Finding(topic, OK, f'to {_GROUP} by {address}')


def _own_address() -> str:
    """Return the address that datagrams to the network would carry; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_GROUP, 7400))
            return str(probe.getsockname()[0])
        except OSError:
            return '127.0.0.1'


def _shared_memory() -> Iterator[Finding]:
    if not _SHARED_MEMORY.is_dir():
        yield Finding('shared memory', NOTE, f'no {_SHARED_MEMORY}', 'DDS goes by UDP instead')
        return
    free = shutil.disk_usage(_SHARED_MEMORY).free
    yield judge(
        'shared memory',
        free >= _WANTED_SHARED and os.access(_SHARED_MEMORY, os.W_OK),
        f'{free / 1e6:,.0f} MB free in {_SHARED_MEMORY}',
        'large messages go slowly or not at all: in a container give --shm-size=512m',
        otherwise=PROBLEM,
    )
    left = list(_SHARED_MEMORY.glob('*fastrtps*'))
    yield judge(
        'shared memory',
        len(left) < 200,
        f'{len(left)} files of DDS participants, living or killed',
        'with no node running: fastdds shm clean, or rm /dev/shm/fastrtps_*',
    )
