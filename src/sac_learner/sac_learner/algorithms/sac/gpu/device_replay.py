# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of the replay buffer on the device, from which batches are drawn there.

The storage on the host stays the truth: it is what a restart reads, and this copy follows it.
"""

from __future__ import annotations

from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.algorithms.sac.gpu.uploads import Uploads
from sac_learner.observation_normalizer import Normalization
from sac_learner.replay_rows import RowArray
from sac_learner.replay_storage import ReplayStorage
import torch
from torch import Tensor

CHUNK = 2048  # rows in one copy


class DeviceReplay:
    """The newest transitions of a replay buffer: number n in row n % capacity.

    :param capacity: that of the host's storage.
    """

    def __init__(self, capacity: int, layout: RowLayout, device: torch.device) -> None:
        self.layout = layout
        self._capacity = capacity
        self.rows = torch.zeros(capacity, layout.width, device=device)
        # Read by the device at each draw, so that a recorded draw follows what was added since.
        self._oldest = torch.zeros((), dtype=torch.int64, device=device)
        self._size = torch.zeros((), dtype=torch.float64, device=device)
        self._shift = torch.zeros(layout.width, device=device)
        self._scale = torch.ones(layout.width, device=device)
        self._row_uploads = Uploads((min(CHUNK, capacity), layout.width), device)
        self._normalization_uploads = Uploads((layout.width,), device)
        self._prior: Tensor | None = None  # rows that are never overwritten
        self._from_prior = torch.zeros(
            0, dtype=torch.bool, device=device
        )  # for each row of a draw
        self._mirrored = 0  # transitions ever added to the storage, at the last call
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def mirror(self, storage: ReplayStorage, total_added: int) -> None:
        """Copy what was stored since the last call; after a restart that is everything.

        :param total_added: transitions ever added to the storage.
        """
        oldest = max(storage.first, total_added - self._capacity)
        number = oldest if total_added < self._mirrored else max(oldest, self._mirrored)
        while number < total_added:
            buffer, place = self._row_uploads.buffer(), number % self._capacity
            limit = min(len(buffer), total_added - number, self._capacity - place)
            stored = storage.view(number, limit)
            part = buffer[: len(stored)]
            self.layout.write_stored(part, stored)
            self._row_uploads.send(part, self.rows[place : place + len(stored)])
            number += len(stored)
        self._mirrored, self._length = total_added, total_added - oldest
        self._oldest.fill_(oldest)
        self._size.fill_(self._length)

    def hold_prior(self, stored: RowArray, *, places: int) -> None:
        """Hold transitions beside those of the replay buffer.

        :param places: transitions in each later draw.
        """
        rows = torch.empty(len(stored), self.layout.width)
        self.layout.write_stored(rows, stored)
        device = self.rows.device
        self._prior = rows.to(device)
        self._from_prior = torch.zeros(places, dtype=torch.bool, device=device)

    def draw_from_prior(self, places: Tensor) -> None:
        """Return which places of a draw get prior transitions, (places,) bool, from now on."""
        self._from_prior.copy_(places)

    def normalize_by(self, normalization: Normalization) -> None:
        """Normalize observations so from the next draw on."""
        for values, otherwise, destination in (
            (normalization.shift, 0.0, self._shift),
            (normalization.scale, 1.0, self._scale),
        ):
            buffer = self._normalization_uploads.buffer()
            buffer.copy_(self.layout.of_observations(values, otherwise=otherwise))
            self._normalization_uploads.send(buffer, destination)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw rows uniformly, with replacement, their observations normalized.

        :return: (count, width), on the device.
        """
        # In float64: of the 2^24 float32 numbers a million rows would not get equal shares.
        share = torch.rand(
            count, dtype=torch.float64, generator=generator, device=self.rows.device
        )
        # By age, as on the host, so that the same share is the same transition after a restart.
        numbers = self._oldest + (share * self._size).long()
        rows = self.rows.index_select(0, numbers % self._capacity)
        if self._prior is not None:
            prior = self._prior.index_select(0, (share * len(self._prior)).long())
            rows = torch.where(self._from_prior[:, None], prior, rows)
        return rows.sub_(self._shift).mul_(self._scale)
