# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A cable between two network namespaces that loses and delays packets, and can be cut.

Run as `python network_relay.py NAMESPACE NAMESPACE SEED`, as root. It makes a device `link0` in
each namespace and carries Ethernet frames between the two. Conditions come as lines of JSON on
standard input, {"loss": 0.05, "delay": [0.02, 0.03], "cut": false}; each is answered by a line
with the frames that were carried and lost so far. It ends with its standard input.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

DEVICE = 'link0'
_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_TAP_WITHOUT_HEADER = 0x0002 | 0x1000  # IFF_TAP | IFF_NO_PI
_LARGEST_FRAME = 2048
# What a queue in a network holds before it drops what comes; far above what the tests send.
_QUEUE_FRAMES = 20_000


@dataclass
class Conditions:
    """What the cable does to a frame.

    :param loss: share of the frames that are lost
    :param delay: shortest and longest time that a frame takes [s], drawn for each: they overtake
        each other
    :param cut: nothing passes
    """

    loss: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    cut: bool = False


def enter_namespace(path: str) -> None:
    """Move the calling thread, and the threads that it starts from now on, to another network.

    :param path: of the namespace's file
    :raises OSError: where this is not allowed
    """
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns comes with Python 3.12
    with open(path) as there:
        if libc.setns(there.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f'cannot enter the network namespace {path}')


def open_device(namespace: str) -> int:
    """Make the device in a namespace and return its file; it lives as long as the file.

    :raises OSError: where this is not allowed
    """
    enter_namespace(f'/run/netns/{namespace}')
    device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack('16sH22x', DEVICE.encode(), _TAP_WITHOUT_HEADER))
    return device


class Cable:
    """Carries frames between two devices.

    :param devices: files of the two ends
    :param seed: of what is lost and how long it takes; which frame it hits depends on the clocks
        of those who send
    """

    def __init__(self, devices: tuple[int, int], *, seed: int) -> None:
        self.conditions = Conditions()
        self.carried = 0
        self.lost = 0
        self._other_end = {devices[0]: devices[1], devices[1]: devices[0]}
        self._random = random.Random(seed)
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._number = 0

    def take_in(self, device: int) -> None:
        """Read all frames that wait at one end."""
        while True:
            try:
                frame = os.read(device, _LARGEST_FRAME)
            except BlockingIOError:
                return
            now = self.conditions
            if now.cut or self._random.random() < now.loss:
                self.lost += 1
            elif len(self._under_way) >= _QUEUE_FRAMES:
                self.lost += 1
            else:
                due = time.monotonic() + self._random.uniform(*now.delay)
                self._number += 1
                arrival = (due, self._number, self._other_end[device], frame)
                heapq.heappush(self._under_way, arrival)

    def hand_out(self) -> None:
        """Write the frames whose time has come."""
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, _, device, frame = heapq.heappop(self._under_way)
            try:
                os.write(device, frame)
                self.carried += 1
            except OSError:  # its queue is full, or the device is not up yet
                self.lost += 1

    def time_left(self) -> float | None:
        """Until the next frame is due [s]; None: there is none."""
        return max(0.0, self._under_way[0][0] - time.monotonic()) if self._under_way else None


def main() -> None:
    """Carry frames until standard input ends."""
    # Nothing is created before both ends are there, and the first answer says so.
    devices = (open_device(sys.argv[1]), open_device(sys.argv[2]))
    cable = Cable(devices, seed=int(sys.argv[3]))
    print(json.dumps({'carried': 0, 'lost': 0}), flush=True)
    while True:
        ready, _, _ = select.select([*devices, sys.stdin], [], [], cable.time_left())
        for device in devices:
            if device in ready:
                cable.take_in(device)
        cable.hand_out()
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                return
            cable.conditions = Conditions(**json.loads(line))
            print(json.dumps({'carried': cable.carried, 'lost': cable.lost}), flush=True)


if __name__ == '__main__':
    main()
