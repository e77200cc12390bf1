# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Batches of which each critic update gets a fixed share from prior data.

Symmetric sampling of Ball et al. 2023, "Efficient Online Reinforcement Learning with Offline Data"
(RLPD), section 4.1, where the share is one half.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.batch import Batch
from sac_learner.n_step_return import Drawn, IntArray, single_steps, sum_steps
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_rows import gather, RowArray
from sac_learner.terminal_returns import TerminalReturns

_STREAM = 1  # of draws: another than the replay buffer's, by the same seed


@dataclass(frozen=True)
class PriorState:
    """What a checkpoint keeps; plain numbers, which JSON can hold.

    :param checksum: of the prior data
    :param offline_steps: learner steps made from prior data alone
    """

    checksum: int
    offline_steps: int
    rng: dict[str, object]


class Prior:
    """Prior data in use: what was drawn, and how many steps were made from it alone.

    :ivar offline_steps: learner steps made from prior data alone
    """

    def __init__(self, data: PriorData, config: AlgorithmConfig) -> None:
        self.data = data
        self.share = config.prior_share
        self.offline_steps = 0
        self._batch_size = config.batch_size
        self._n_step, self._discount = config.n_step, config.discount
        self._terminal_returns = _terminal_returns(data, config)
        self._rng = np.random.default_rng([config.seed, _STREAM])

    @property
    def rows_in_batch(self) -> int:
        """Transitions of prior data in the batch of one critic update."""
        return rows_in_batch(self.share, self._batch_size)

    def draw(self, count: int) -> Drawn:
        """Draw transitions uniformly, with replacement, with what n steps add to them."""
        numbers = self._rng.integers(len(self.data.rows), size=count)
        rows, first = self._copy(numbers), numbers.copy()
        if self._n_step == 1:
            drawn = single_steps(rows)
        else:
            drawn = sum_steps(
                rows,
                numbers,
                n_step=self._n_step,
                discount=self._discount,
                follow=self._follow,
                fetch=self._copy,
            )
        if self._terminal_returns:
            self._terminal_returns.put_into(drawn, first)
        return drawn

    def _copy(self, numbers: IntArray) -> RowArray:
        rows = np.empty(len(numbers), self.data.rows.dtype)
        gather(self.data.rows, numbers, rows)
        return rows

    def _follow(self, numbers: IntArray) -> tuple[IntArray, IntArray]:
        """Name the next row: they lie in the order of sessions and sequences."""
        followed = np.flatnonzero(numbers < len(self.data.rows) - 1)
        return followed, numbers[followed] + 1

    def state(self) -> PriorState:
        """Give what must be saved to continue."""
        return PriorState(
            self.data.checksum, self.offline_steps, dict(self._rng.bit_generator.state)
        )

    def load(self, state: PriorState) -> None:
        """Continue from a saved state.

        :raises ValueError: where the prior data is another
        """
        if state.checksum != self.data.checksum:
            raise ValueError(
                'prior_data is not what this run began with: its transitions have the checksum'
                f' {self.data.checksum:08x}, not {state.checksum:08x}'
            )
        self.offline_steps = state.offline_steps
        self._rng.bit_generator.state = state.rng


class MixedReplay:
    """Draws batches from a replay buffer and prior data."""

    def __init__(self, config: AlgorithmConfig, replay: ReplayBuffer, prior: Prior) -> None:
        self._replay = replay
        self._prior = prior
        self._shape = config.utd_ratio, config.batch_size
        self._output = Batch.empty(config.step_batch_size, *replay.storage.dims)

    def sample(self, *, prior_only: bool) -> Batch:
        """Draw the batch of a learner step.

        :param prior_only: from prior data alone
        :return: a batch whose memory the next call uses again.
        :raises ValueError: when transitions of the replay buffer are due, and none is stored
        """
        updates, batch_size = self._shape
        prior = batch_size if prior_only else self._prior.rows_in_batch
        own = batch_size - prior
        if own:
            self._fill(slice(0, own), self._replay.draw(updates * own))
        if prior:
            self._fill(slice(own, batch_size), self._prior.draw(updates * prior))
        return self._output

    def _fill(self, places: slice, drawn: Drawn) -> None:
        """Write transitions into these places of each critic update's batch."""
        updates, batch_size = self._shape
        for field in fields(Batch):
            array = getattr(self._output, field.name).numpy()
            array = array.reshape(updates, batch_size, *array.shape[1:])
            rows = drawn.of_batch(field.name)
            array[:, places] = rows.reshape(updates, -1, *array.shape[2:])


def _terminal_returns(data: PriorData, config: AlgorithmConfig) -> TerminalReturns | None:
    """Find the terminations, where that is asked for: rows lie in the order of their streams."""
    steps, count = config.terminal_return_steps, len(data.rows)
    if not steps:
        return None
    returns = TerminalReturns(count, steps=steps, discount=config.discount)
    returns.add(data.rows, 0, count, session=0, sequence=0)
    return returns


def rows_in_batch(share: float, batch_size: int) -> int:
    """Round the share of prior data to transitions in the batch of one critic update."""
    return round(share * batch_size)
