# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The algorithm of a run, and all that its batches are made of beside stored transitions.

These are the normalization of observations, prior data, and what a model of the robot imagines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.weights import NotFiniteError
from sac_learner.algorithms.base import Algorithm, PolicyCopy, PolicyTensors
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.batch_source import batch_source_for
from sac_learner.finiteness import check_finite, check_metrics
from sac_learner.model.rollouts import ModelRollouts
from sac_learner.observation_normalizer import ObservationNormalizer
from sac_learner.prior.mixing import Prior, PriorState
from sac_learner.prior.prior_data import PriorData
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_files.layout import BLOCK_ROWS
from sac_learner.resets import reset_is_due
from torch import Tensor


class Training:
    """Steps on batches from a replay buffer. Used by one thread.

    :param algorithm: the networks and how they are updated
    :param prior_data: what was recorded before, of the same robot; None: nothing
    """

    def __init__(
        self,
        config: AlgorithmConfig,
        algorithm: Algorithm,
        replay: ReplayBuffer,
        prior_data: PriorData | None = None,
    ) -> None:
        self.config = config
        self.algorithm = algorithm
        self._replay = replay
        self._dims = replay.storage.dims
        self.normalizer = (
            ObservationNormalizer(self._dims[0]) if config.normalize_observations else None
        )
        self._prior = Prior(prior_data, config) if prior_data else None
        self._rollouts = (
            ModelRollouts(
                config,
                replay,
                algorithm.architecture,
                precision=algorithm.precision,
                device=algorithm.device,
            )
            if config.model_share
            else None
        )
        self._metrics: dict[str, float] = {}  # the newest
        self._taken_over = 0  # steps that another step has made, whose metrics are not here
        self._relink()
        self._observe_prior()

    def observe_stored(self, observations: FloatArray) -> None:
        """Let what was stored count: for the normalization, and on the device.

        :param observations: (n, observation_dim).
        """
        if self.normalizer is not None:
            self.normalizer.update(observations)
        self.batches.stored()

    def _observe_prior(self) -> None:
        """Let prior data count for the normalization, as if it had been stored first."""
        if self._prior and self.normalizer is not None:
            rows = self._prior.data.rows
            for start in range(0, len(rows), BLOCK_ROWS):
                observations = rows['observations'][start : start + BLOCK_ROWS]
                self.normalizer.update(np.ascontiguousarray(observations))
            self.batches.stored()

    def make_step(self) -> None:
        """Make one learner step; networks may begin anew after it."""
        self._make_step(prior_only=False)

    def make_offline_step(self) -> None:
        """Make one from prior data alone."""
        assert self._prior is not None
        self._make_step(prior_only=True)
        self._prior.offline_steps += 1

    def _make_step(self, *, prior_only: bool) -> None:
        self.batches.step(prior_only=prior_only)
        if reset_is_due(self.config, self.algorithm.steps):
            self.algorithm.reset()

    def offline_left(self, planned: int) -> int:
        """Return how many of the planned steps from prior data alone are to be made.

        :param planned: from the beginning of the run; without prior data there are none.
        """
        return max(0, planned - self._prior.offline_steps) if self._prior else 0

    def change_ratio(self, utd_ratio: int, build: Callable[[AlgorithmConfig], Algorithm]) -> None:
        """Continue with steps of another number of critic updates, and the same networks.

        :param build: builds the algorithm, which takes as long as it takes
        """
        config = replace(self.config, utd_ratio=utd_ratio)
        algorithm = build(config)
        algorithm.load_state_dict(self.algorithm.state_dict())
        self.config, self.algorithm = config, algorithm
        self._taken_over = algorithm.steps
        self._relink()
        self.batches.stored()

    def _relink(self) -> None:
        self.batches = batch_source_for(
            self.config,
            self.algorithm,
            self._replay,
            self.normalizer,
            self._prior,
            self._rollouts,
        )

    def copy_policy(self) -> tuple[PolicyCopy, Callable[[PolicyTensors], PolicyTensors]]:
        """Begin to copy the actor's weights of now.

        :return: the copy, and what makes of it the weights for observations as they come
        """
        as_they_are: Callable[[PolicyTensors], PolicyTensors] = dict
        fold = self.normalizer.normalization.fold if self.normalizer else as_they_are
        return self.batches.copy_policy(), fold

    def metrics(self) -> dict[str, float]:
        """Give the newest metrics of the algorithm; before the first step, what is known then."""
        if self.algorithm.steps > self._taken_over:
            self._metrics = self.algorithm.metrics() or self._metrics
        return self._metrics or self.algorithm.initial_metrics(self.config)

    def check_finite(self) -> None:
        """Check that the newest step left all finite; looks at its figures alone where it did.

        :raises NotFiniteError: naming a tensor or, where all are finite, a figure
        """
        try:
            check_metrics(self.metrics())
        except NotFiniteError:
            check_finite(self.state())
            raise

    def state(self) -> dict[str, Tensor]:
        """Copy all tensors that a later continuation depends on, to the CPU."""
        tensors = self.algorithm.state_dict()
        for begin, part in self._parts():
            tensors |= {begin + name: tensor for name, tensor in part.state().items()}
        return tensors

    def prior_state(self) -> PriorState | None:
        """Give what a continuation needs of prior data; None without any."""
        return self._prior.state() if self._prior else None

    def load(self, tensors: dict[str, Tensor], prior: PriorState | None) -> None:
        """Continue from a copied state; what was stored since is not on the device yet.

        :raises ValueError: where the networks are others, naming their tensors, or the prior data
        """
        if prior:
            if self._prior is None:
                raise ValueError('prior_data is missing: this run began with some')
            self._prior.load(prior)
        tensors = dict(tensors)
        for begin, part in self._parts():
            names = [name for name in tensors if name.startswith(begin)]
            part.load({name.removeprefix(begin): tensors.pop(name) for name in names})
        self.algorithm.load_state_dict(tensors)
        self._taken_over = self.algorithm.steps
        if not prior:
            self._observe_prior()

    def loaded(self) -> None:
        """Take note that the replay buffer, too, is that of the copied state."""
        self.batches.stored()

    def _parts(self) -> Iterator[tuple[str, ObservationNormalizer | ModelRollouts]]:
        """Give what has a state beside the step's, and how the names of its tensors begin."""
        if self.normalizer is not None:
            yield 'normalizer.', self.normalizer
        if self._rollouts is not None:
            yield 'imagination.', self._rollouts
