# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A tensor on its way from the device to the CPU, while the device continues with its work."""

from __future__ import annotations

import torch
from torch import Tensor


class DeviceCopy:
    """The values of a tensor at the place in the current stream where the copy was begun.

    :param tensor: may change afterwards.
    :param side_stream: carries the copy; None: the tensor is on the CPU, and copied at once.
    """

    def __init__(self, tensor: Tensor, side_stream: torch.cuda.Stream | None) -> None:
        snapshot = tensor.detach().clone()
        self._arrived: torch.cuda.Event | None = None
        self._values = snapshot
        if side_stream is None:
            return
        side_stream.wait_stream(torch.cuda.current_stream(tensor.device))
        self._values = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        with torch.cuda.stream(side_stream):
            self._values.copy_(snapshot, non_blocking=True)
            self._arrived = torch.cuda.Event(blocking=True)
            self._arrived.record()
        # The snapshot's memory is not used again before this copy has read it.
        snapshot.record_stream(side_stream)

    def ready(self) -> bool:
        """Return whether `values` would return at once."""
        return self._arrived is None or self._arrived.query()

    def values(self) -> Tensor:
        """Give the values, on the CPU; waits for them."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._values
