# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions that a learned model of the robot imagines, among those that the robot made.

Model-based policy optimization (Janner et al. 2019, arXiv:1906.08253, algorithm 2): a share of
each critic update begins where the robot was, or up to model_horizon - 1 imagined steps later,
takes an action of the policy as it is now, and ends where a member of an ensemble says. So the
critics learn what the policy's own actions lead to, and not only those of its past. Where it ends
an episode, the limits say that were learned from terminations (termination_limits.py), and
members only where those do not explain all.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
from sac_core.policy_architecture import PolicyArchitecture
from sac_learner.algorithms.base import PolicyTensors
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.batch import Batch
from sac_learner.model.dynamics import DynamicsModel
from sac_learner.model.terminations import TerminationLimits
from sac_learner.networks import actor_of
from sac_learner.observation_normalizer import Normalization
from sac_learner.prior.mixing import rows_in_batch
from sac_learner.replay_buffer import ReplayBuffer
from sac_learner.replay_rows import RowArray
from sac_learner.step_state import check_state
import torch
from torch import Tensor

_STREAM = 2  # of draws: others than those of the replay buffer and of prior data
_FIRST_FITS = 1000  # of the model before it is asked for the first time,
_FIRST_FITS_AT_ONCE = 20  # so many during each learner step, which take some 0.2 s
_FITS_PER_SCALING = 250  # then what it predicts is scaled anew
_SCALING_ROWS = 10_000  # by so many transitions
_SMALLEST_STD = 1e-6  # of what is predicted
_LARGEST_INPUT = 10.0  # standard deviations that an observation may be off for the model


class ModelRollouts:
    """The model, what it imagined last, and all that is random about it.

    While a step computes, the model learns in a thread of its own, then imagines for the next
    batch. All that is random is drawn on the CPU, where the batches are.

    :param architecture: of the policy that acts.
    :param device: where the networks of the model live.
    :param precision: of the products between hidden layers, see `sac_learner.precision`.
    """

    def __init__(
        self,
        config: AlgorithmConfig,
        replay: ReplayBuffer,
        architecture: PolicyArchitecture,
        *,
        precision: str = 'fp32',
        device: torch.device | str = 'cpu',
    ) -> None:
        self._config = config
        self._device = torch.device(device)
        self._replay = replay
        observation_dim, action_dim = self._dims = replay.storage.dims
        seed = int(np.random.SeedSequence([config.seed, _STREAM]).generate_state(1)[0])
        self._generator = torch.Generator().manual_seed(seed)
        self._model = DynamicsModel(
            observation_dim + action_dim,
            observation_dim + 2,  # change of the observation, reward, whether that terminates
            members=config.model_members,
            hidden_dims=config.model_hidden_dims,
            lr=config.model_lr,
            seed=seed,
            bf16=precision == 'bf16',
            device=self._device,
        )
        self._actor = actor_of(architecture, precision=precision).requires_grad_(False)
        self._actor.to(self._device)
        self._limits = TerminationLimits(observation_dim)
        self._noted = torch.zeros((), dtype=torch.int64)  # transitions they have learned from
        self._members = config.model_members
        self._fits = torch.zeros((), dtype=torch.int64)
        self._mean = torch.zeros(observation_dim + 2)
        self._std = torch.ones(observation_dim + 2)
        self._low = torch.full((observation_dim,), torch.inf)
        self._high = torch.full((observation_dim,), -torch.inf)
        self._rows_in_update = rows_in_batch(config.model_share, config.batch_size)
        self._imagined = Batch.empty(0, observation_dim, action_dim)
        self._ages = torch.empty(0, dtype=torch.int64)  # steps from a real state to where it began
        self._thread = ThreadPoolExecutor(
            1, 'rollouts', initializer=torch.set_num_threads, initargs=(1,)
        )

    @contextmanager
    def running(
        self, policy: PolicyTensors, normalization: Normalization, *, updates: int
    ) -> Iterator[None]:
        """Do the work meanwhile, in a thread of its own; nothing may be stored then."""
        work = self._thread.submit(self.work, policy, normalization, updates=updates)
        try:
            yield
        finally:
            work.result()

    def work(self, policy: PolicyTensors, normalization: Normalization, *, updates: int) -> None:
        """Learn from stored transitions, then imagine for the next batch.

        :param policy: to act by, as `Algorithm.policy_tensors` gives it
        :param updates: of the critics by that batch
        """
        self.fit(normalization)
        count = updates * self._rows_in_update
        if self.is_ready and count:
            self._imagine(count, policy, normalization)

    def insert_into(self, batch: Batch) -> None:
        """Put what was imagined in the place of the first transitions of each critic update.

        Nothing happens until so much was imagined.

        :param batch: as drawn, not normalized; changed
        """
        updates = len(batch) // self._config.batch_size
        count = updates * self._rows_in_update
        if not 0 < count <= len(self._imagined):
            return
        for field in fields(Batch):
            imagined = getattr(self._imagined, field.name)[:count].unflatten(0, (updates, -1))
            places = getattr(batch, field.name).unflatten(0, (updates, -1))
            places[:, : self._rows_in_update] = imagined

    @property
    def is_ready(self) -> bool:
        """Whether the model has learned enough to be asked."""
        return bool(self._fits >= _FIRST_FITS)

    def fit(self, normalization: Normalization) -> None:
        """Learn from stored transitions: more at a time at first."""
        self._note_limits()
        for _ in range(self._config.model_updates if self.is_ready else _FIRST_FITS_AT_ONCE):
            if self._fits % _FITS_PER_SCALING == 0:
                self._scale_predictions()
            size = self._members, self._config.batch_size
            rows = self._draw(size[0] * size[1])
            inputs = self._inputs(
                _tensor(rows, 'observations'), _tensor(rows, 'actions'), normalization
            )
            targets = (_outcomes(rows) - self._mean) / self._std
            inputs, targets = inputs.to(self._device), targets.to(self._device)
            self._model.fit(inputs.reshape(*size, -1), targets.reshape(*size, -1))
            self._fits += 1

    def _note_limits(self) -> None:
        stored, added = len(self._replay), self._replay.total_added
        new = min(stored, added - int(self._noted))
        if new > 0:
            self._limits.learn(self._replay.rows(np.arange(stored - new, stored)))
        self._noted.fill_(added)

    def _imagine(self, count: int, policy: PolicyTensors, normalization: Normalization) -> None:
        observations, ages = self._begin(count)
        actions = self._act(observations, policy, normalization)
        # Each transition by one member: those that share one are far apart in the batch.
        inputs, members = self._inputs(observations, actions, normalization), self._members
        filled_up = torch.arange(count + -count % members) % count
        inputs = inputs[filled_up].reshape(-1, members, inputs.shape[-1]).transpose(0, 1)
        predicted = self._model.predict(inputs.to(self._device)).cpu()
        predicted = predicted.transpose(0, 1).flatten(0, 1)[:count]
        predicted = predicted * self._std + self._mean
        changes, rewards, terminated = predicted.split((self._dims[0], 1, 1), dim=1)
        reached = observations + changes
        ended = self._limits.are_passed(reached)
        if not self._limits.explain_all:
            ended |= terminated[:, 0] > 0.5
        reached = reached.clamp(self._low, self._high)
        self._imagined = Batch(observations, actions, rewards[:, 0], reached, (~ended).float())
        self._ages = ages

    def _begin(self, count: int) -> tuple[Tensor, Tensor]:
        """Continue the newest rollouts up to their length; begin others at real states."""
        observations = _tensor(self._draw(count), 'observations')
        ages = torch.zeros(count, dtype=torch.int64)
        further = (self._imagined.bootstrap > 0) & (self._ages + 1 < self._config.model_horizon)
        candidates = further.nonzero()[:, 0]
        share = 1 - 1 / self._config.model_horizon  # so that all ages are about as frequent
        order = torch.randperm(len(candidates), generator=self._generator)
        chosen = candidates[order[: int(share * count)]]
        observations[: len(chosen)] = self._imagined.next_observations[chosen]
        ages[: len(chosen)] = self._ages[chosen] + 1
        mixed = torch.randperm(count, generator=self._generator)
        return observations[mixed], ages[mixed]

    def _act(
        self, observations: Tensor, policy: PolicyTensors, normalization: Normalization
    ) -> Tensor:
        self._actor.load_state_dict({name: torch.from_numpy(w) for name, w in policy.items()})
        noise = torch.randn(len(observations), self._dims[1], generator=self._generator)
        normalized = normalization.apply(observations).to(self._device)
        return self._actor.explore(normalized, noise.to(self._device)).cpu()

    def _inputs(
        self, observations: Tensor, actions: Tensor, normalization: Normalization
    ) -> Tensor:
        normalized = normalization.apply(observations).clamp(-_LARGEST_INPUT, _LARGEST_INPUT)
        return torch.cat((normalized, actions), dim=-1)

    def _scale_predictions(self) -> None:
        """Scale what the model predicts to mean 0 and standard deviation 1; note its range."""
        rows = self._draw(min(len(self._replay), _SCALING_ROWS))
        outcomes = _outcomes(rows)
        self._mean, self._std = outcomes.mean(0), outcomes.std(0).clamp(min=_SMALLEST_STD)
        self._mean[-1], self._std[-1] = 0.0, 1.0  # terminated stays what it is
        reached = _tensor(rows, 'next_observations')
        self._low = torch.minimum(self._low, reached.amin(0))
        self._high = torch.maximum(self._high, reached.amax(0))

    def _draw(self, count: int) -> RowArray:
        numbers = torch.randint(len(self._replay), (count,), generator=self._generator)
        return self._replay.rows(numbers.numpy())

    def state(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on."""
        return {'generator': self._generator.get_state()} | {
            name: tensor.cpu().clone() for name, tensor in self._tensors().items()
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Continue from a copied state.

        :raises ValueError: where the model is another, naming the tensor
        """
        model = self._model.tensors()
        check_state(
            {f'model.{name}': tensor.shape for name, tensor in model.items()},
            {name: tensor for name, tensor in state.items() if name.startswith('model.')},
        )
        for name, tensor in model.items():
            tensor.copy_(state[f'model.{name}'])
        self._generator.set_state(state['generator'])
        self._fits = state['fits'].clone()  # changed in place, as `noted`
        self._mean, self._std = state['mean'], state['std']
        self._low, self._high = state['low'], state['high']
        self._imagined = Batch(*(state[f'imagined.{field.name}'] for field in fields(Batch)))
        self._ages = state['ages']
        if 'noted' in state:  # not in a checkpoint from before there were limits: they learn anew
            self._noted = state['noted'].clone()
            self._limits.load({name: state[f'limits.{name}'] for name in self._limits.tensors()})

    def _tensors(self) -> dict[str, Tensor]:
        return {
            'fits': self._fits,
            'noted': self._noted,
            'mean': self._mean,
            'std': self._std,
            'low': self._low,
            'high': self._high,
            'ages': self._ages,
            **{f'limits.{name}': tensor for name, tensor in self._limits.tensors().items()},
            **{f'imagined.{f.name}': getattr(self._imagined, f.name) for f in fields(Batch)},
            **{f'model.{name}': tensor for name, tensor in self._model.tensors().items()},
        }


def _tensor(rows: RowArray, name: str) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(rows[name]))


def _outcomes(rows: RowArray) -> Tensor:
    """Give what the model is to predict: (n, observation_dim + 2)."""
    return torch.cat(
        (
            _tensor(rows, 'next_observations') - _tensor(rows, 'observations'),
            _tensor(rows, 'rewards')[:, None],
            _tensor(rows, 'terminated')[:, None].float(),
        ),
        dim=1,
    )
