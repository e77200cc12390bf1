# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Copies to a device from page-locked memory, which do not wait for the device."""

from __future__ import annotations

import torch
from torch import Tensor


class Uploads:
    """A few buffers on the CPU, used in turn, each free again when the device has read it.

    Copies go into the current stream, in order with all else there. On a CPU they are plain.

    :param shape: of a buffer, float32.
    :param buffers: copies that can be under way at once.
    """

    def __init__(self, shape: tuple[int, ...], device: torch.device, *, buffers: int = 4) -> None:
        self._on_gpu = device.type == 'cuda'
        self._buffers = [
            torch.empty(shape, pin_memory=True) if self._on_gpu else torch.empty(shape)
            for _ in range(buffers)
        ]
        self._read: list[torch.cuda.Event | None] = [None] * buffers
        self._current = 0

    def buffer(self) -> Tensor:
        """Give the buffer to fill for the next `send`; waits while all are on their way."""
        read = self._read[self._current]
        if read is not None:
            read.synchronize()
        return self._buffers[self._current]

    def send(self, part: Tensor, destination: Tensor) -> None:
        """Copy a part of the buffer that was filled."""
        destination.copy_(part, non_blocking=True)
        if self._on_gpu:
            event = torch.cuda.Event(blocking=True)
            event.record()
            self._read[self._current] = event
        self._current = (self._current + 1) % len(self._buffers)
