# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an algorithm is to the learner around it, whichever one it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sac_core.policy_architecture import PolicyArchitecture
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.batch import Batch
from sac_learner.observation_normalizer import Normalization
from sac_learner.replay_rows import RowArray
from sac_learner.replay_storage import ReplayStorage
from sac_learner.resets import reinitialized
import torch
from torch import Tensor

PolicyTensors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What an algorithm may compute with, as the settings of the learner say.

    :param device: 'auto' (a GPU where there is one), or one of torch's names: 'cpu', 'cuda', ...
    :param threads: on the CPU; 0: as `sac_learner.hardware.default_threads`.
    :param precision: of the matrix products, see `sac_learner.precision`; 'auto': the fastest.
    :param replay_capacity: of the replay buffer, which a GPU may hold a copy of.
    :param compiled: on a GPU, let torch.compile fuse kernels.
    """

    device: str = 'auto'
    threads: int = 0
    precision: str = 'fp32'
    replay_capacity: int = 1_000_000
    compiled: bool = True


class PolicyCopy(Protocol):
    """A copy of the policy's weights, which may still be on its way from the device."""

    def ready(self) -> bool:
        """Return whether `tensors` would return at once."""
        ...

    def tensors(self) -> PolicyTensors:
        """Give the weights; waits for them."""
        ...


@dataclass(frozen=True)
class FinishedCopy:
    """Weights that are there already."""

    copied: PolicyTensors

    def ready(self) -> bool:
        return True

    def tensors(self) -> PolicyTensors:
        return self.copied


class BatchDrawer(Protocol):
    """An algorithm on a device that holds a copy of the replay buffer and draws from it."""

    def mirror(self, storage: ReplayStorage, total_added: int) -> None:
        """Copy what was added to the replay buffer; returns before it is there."""
        ...

    def hold_prior(self, rows: RowArray, *, rows_in_batch: int) -> None:
        """Draw a part of each critic update's batch from other transitions, too."""
        ...

    def normalize_by(self, normalization: Normalization) -> None:
        """Normalize so what is drawn from now on."""
        ...

    def step_drawn(self, *, prior_only: bool = False) -> None:
        """Draw a batch and make one learner step with it."""
        ...

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the policy's weights of now."""
        ...


class Algorithm(ABC):
    """Networks, and how a batch of transitions updates them. Used by one thread.

    The learner around it draws and normalizes the batches, counts what is due, publishes the
    policy, and writes and reads the checkpoints. Its state is tensors under names: those of a
    network begin with the network's name and a dot, those of an optimizer with the optimizer's.
    """

    config_class: ClassVar[type[AlgorithmConfig]]
    # Names of what `reset` renews: layers of networks, and optimizers as a whole.
    networks: ClassVar[tuple[str, ...]] = ()
    optimizers: ClassVar[tuple[str, ...]] = ()

    config: AlgorithmConfig
    device: torch.device  # where it computes
    precision: str  # of the matrix products, see `sac_learner.precision`

    @classmethod
    @abstractmethod
    def build(
        cls, config: AlgorithmConfig, observation_dim: int, action_dim: int, machine: Machine
    ) -> tuple[Algorithm, str]:
        """Build it for this machine.

        :param config: of `config_class`.
        :param action_dim: numbers in an action, each in [-1, 1].
        :return: the algorithm, and one line that says where and how it computes.
        :raises ValueError: for a device that is not there, or a precision that it does not offer.
        """

    @property
    @abstractmethod
    def steps(self) -> int:
        """Learner steps done."""

    @abstractmethod
    def update(self, batch: Batch) -> None:
        """Make one learner step: utd_ratio updates of the critics, and what follows from them.

        :param batch: utd_ratio * batch_size transitions, normalized; each critic update takes the
            next batch_size of them.
        :raises ValueError: for a batch of another size.
        """

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Give the newest values by name, {} at first; waits for no device."""

    @property
    @abstractmethod
    def architecture(self) -> PolicyArchitecture:
        """How the policy that it publishes maps observations to actions, and how it explores."""

    @abstractmethod
    def policy_tensors(self) -> PolicyTensors:
        """Copy the policy's weights, named as `architecture` says."""

    @abstractmethod
    def state_dict(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on, to the CPU; `steps` among it."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from a copied state.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """

    @abstractmethod
    def initial_state(self, seed: int) -> dict[str, Tensor]:
        """Give the state of a new one of the same shape."""

    def reset(self) -> None:
        """Begin anew with the layers that `reset_layers` names, see `sac_learner.resets`."""
        state = self.state_dict()
        numbers = np.random.SeedSequence([self.config.seed, self.steps]).generate_state(1)
        self.load_state_dict(
            reinitialized(
                state,
                self.initial_state(int(numbers[0])),
                layers=self.config.reset_layers,
                networks=self.networks,
                optimizers=self.optimizers,
            )
        )

    # What most algorithms leave as it is.

    def copy_policy(self) -> PolicyCopy:
        """Begin to copy the policy's weights of now."""
        return FinishedCopy(self.policy_tensors())

    def batch_drawer(self) -> BatchDrawer | None:
        """Give what draws batches on the device itself; None: it is handed each batch."""
        return None

    @classmethod
    def initial_metrics(cls, config: AlgorithmConfig) -> dict[str, float]:
        """Give what is known before the first step."""
        return {}

    @classmethod
    def warning(cls, config: AlgorithmConfig, metrics: Mapping[str, float]) -> str:
        """Return what is wrong with the training, and what to change; empty where all is well."""
        return ''


def check_batch(config: AlgorithmConfig, batch: Batch) -> None:
    """Check that a batch is one of a learner step.

    :raises ValueError: for one of another size
    """
    if len(batch) != config.step_batch_size:
        raise ValueError(
            f'batch must hold {config.step_batch_size} transitions '
            f'(utd_ratio * batch_size), got {len(batch)}'
        )
