# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The bad network of the tests does what it says, and nodes meet across it."""

from __future__ import annotations

from collections.abc import Iterator
import socket

from network import ADDRESSES, NetworkUnavailableError, TwoMachines
import pytest

PACKETS = 200  # fit into the receiver's buffer, should it be slow
PORT = 40_000


@pytest.fixture
def machines() -> Iterator[TwoMachines]:
    try:
        made = TwoMachines(seed=0)
    except NetworkUnavailableError as error:
        pytest.skip(str(error))
    with made:
        yield made


def udp_socket(machines: TwoMachines, side: str) -> socket.socket:
    with machines.inside(side):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((ADDRESSES[side], PORT))
    made.settimeout(2.0)
    return made


def received(machines: TwoMachines, count: int) -> set[int]:
    """Send numbered packets from the robot to the desk and return those that arrive."""
    numbers = set()
    with udp_socket(machines, 'robot') as sender, udp_socket(machines, 'desk') as receiver:
        sender.connect((ADDRESSES['desk'], PORT))
        for number in range(count):
            sender.send(number.to_bytes(4, 'little'))
        try:
            while True:
                numbers.add(int.from_bytes(receiver.recv(4), 'little'))
                receiver.settimeout(0.5)
        except TimeoutError:
            return numbers


def test_a_good_cable_carries_everything(machines: TwoMachines) -> None:
    assert received(machines, PACKETS) == set(range(PACKETS))


def test_a_bad_cable_loses_its_share(machines: TwoMachines) -> None:
    machines.set_conditions(loss=0.2)
    assert 0.1 < 1 - len(received(machines, PACKETS)) / PACKETS < 0.3


def test_a_cut_cable_carries_nothing_until_it_is_mended(machines: TwoMachines) -> None:
    machines.set_conditions(cut=True)
    assert received(machines, 10) == set()
    machines.set_conditions()
    assert received(machines, 10) == set(range(10))


def test_a_slow_cable_delays(machines: TwoMachines) -> None:
    machines.set_conditions(delay=(0.1, 0.12))
    with udp_socket(machines, 'robot') as sender, udp_socket(machines, 'desk') as receiver:
        sender.sendto(b'ask for the address once', (ADDRESSES['desk'], PORT))
        receiver.recv(100)
        receiver.settimeout(0.08)
        sender.sendto(b'late', (ADDRESSES['desk'], PORT))
        with pytest.raises(TimeoutError):
            receiver.recv(100)
        receiver.settimeout(2.0)
        assert receiver.recv(100) == b'late'
