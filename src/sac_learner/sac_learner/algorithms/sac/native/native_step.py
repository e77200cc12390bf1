# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner step in C++ threads on the CPU: the numbers of `SacStep`, several times faster."""

from __future__ import annotations

import ctypes
import weakref

import numpy as np
from numpy.typing import NDArray
from sac_learner.algorithms.base import check_batch
from sac_learner.algorithms.sac.algorithm import Sac
from sac_learner.algorithms.sac.config import SacConfig
from sac_learner.algorithms.sac.native.library import (
    CoreConfig,
    CoreInputs,
    CoreMetrics,
    CoreScalars,
    load_core,
    MAX_HIDDEN_LAYERS,
    METRICS,
)
from sac_learner.algorithms.sac.noise import check_dropout_key, draw_noise, StepNoise
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.batch import Batch
from sac_learner.step_state import check_state, load_generator
import torch
from torch import Tensor


class NativeStep(Sac):
    """
    The step of `SacStep`, computed by the C++ core; other Python threads run meanwhile.

    Results do not depend on the number of threads.

    :param config: the algorithm's choices.
    :param observation_dim: numbers in an observation.
    :param action_dim: numbers in an action, each in [-1, 1].
    :param threads: how many to compute with, the caller's included.
    :param precision: 'fp32', or 'bf16' where `offers_bf16`, see `sac_learner.precision`.
    :raises BuildError: where the core cannot be compiled.
    :raises OSError: where it cannot be loaded.
    :raises ValueError: for no threads, more hidden layers than the core holds, or a precision that
        this processor does not offer.
    """

    def __init__(
        self,
        config: SacConfig,
        observation_dim: int,
        action_dim: int,
        *,
        threads: int = 1,
        precision: str = 'fp32',
    ) -> None:
        if len(config.hidden_dims) > MAX_HIDDEN_LAYERS:
            raise ValueError(
                f'hidden_dims must be at most {MAX_HIDDEN_LAYERS} layers for the '
                f'native core, got {len(config.hidden_dims)}'
            )
        if threads < 1:
            raise ValueError(f'threads must be at least 1, got {threads}')
        self.config = config
        self.observation_dim = observation_dim
        self.action_dim = action_dim
        self.threads = threads
        self.precision = precision
        self.device = torch.device('cpu')
        self._library = load_core()
        if precision != 'fp32' and not (precision == 'bf16' and self._library.sac_offers_bf16()):
            raise ValueError(
                f'precision {precision!r} is not offered by the native core on this processor'
            )
        self._core = self._library.sac_create(
            ctypes.byref(
                CoreConfig(
                    observation_dim=observation_dim,
                    action_dim=action_dim,
                    hidden_layers=len(config.hidden_dims),
                    num_critics=config.num_critics,
                    target_subset=config.target_subset,
                    batch_size=config.batch_size,
                    utd_ratio=config.utd_ratio,
                    activation=('relu', 'tanh').index(config.activation),
                    layer_norm_critic=config.layer_norm_critic,
                    layer_norm_actor=config.layer_norm_actor,
                    actor_q_is_min=config.actor_q == 'min',
                    backup_entropy=config.backup_entropy,
                    warmup_steps=config.warmup_steps,
                    bf16=precision == 'bf16',
                    threads=threads,
                    hidden_dims=(ctypes.c_int32 * MAX_HIDDEN_LAYERS)(*config.hidden_dims),
                    discount=config.discount,
                    tau=config.tau,
                    actor_lr=config.actor_lr,
                    critic_lr=config.critic_lr,
                    temperature_lr=config.temperature_lr,
                    target_entropy=config.target_entropy_for(action_dim),
                    weight_decay=config.weight_decay,
                    dropout=config.dropout,
                )
            )
        )
        if not self._core:
            raise MemoryError('the native core got no memory or no threads')
        weakref.finalize(self, self._library.sac_destroy, self._core)
        self._scalars: CoreScalars = self._library.sac_scalars(self._core).contents
        self._metrics = CoreMetrics()
        self._steps = 0
        # The reference gives the initial weights, the random generator and the state's layout.
        reference = SacStep(config, observation_dim, action_dim)
        self._generator = reference.generator
        state = reference.state_dict()
        self._layout = {name: tensor.shape for name, tensor in state.items()}
        self.load_state_dict(state)

    @property
    def steps(self) -> int:
        """Learner steps done."""
        return self._steps

    def update(self, batch: Batch, noise: StepNoise | None = None) -> None:
        """
        Update the critics utd_ratio times, then the actor and the temperature once.

        :param batch: utd_ratio * batch_size transitions.
        :param noise: drawn from the step's own generator when None.
        :raises ValueError: for a batch or a noise of another size, type or device.
        """
        config, size = self.config, self.config.step_batch_size
        check_batch(config, batch)
        if noise is None:
            noise = draw_noise(config, self.action_dim, self._generator)
        elif not bool(
            ((noise.target_subset >= 0) & (noise.target_subset < config.num_critics)).all()
        ):
            raise ValueError(
                f'target_subset must be in 0..{config.num_critics - 1}, '
                f'got {noise.target_subset.tolist()}'
            )
        observations, actions = (size, self.observation_dim), (size, self.action_dim)
        arrays = {
            'observations': _contiguous('observations', batch.observations, observations),
            'actions': _contiguous('actions', batch.actions, actions),
            'rewards': _contiguous('rewards', batch.rewards, (size,)),
            'next_observations': _contiguous(
                'next_observations', batch.next_observations, observations
            ),
            'bootstrap': _contiguous('bootstrap', batch.bootstrap, (size,)),
            'next_action_noise': _contiguous(
                'next_action_noise',
                noise.next_action_noise,
                (config.utd_ratio, config.batch_size, self.action_dim),
            ),
            'actor_noise': _contiguous('actor_noise', noise.actor_noise, actions),
            'target_subset': _contiguous(
                'target_subset',
                noise.target_subset,
                (config.utd_ratio, config.target_subset),
                torch.int64,
            ),
        }
        inputs = CoreInputs(**{name: array.data_ptr() for name, array in arrays.items()})
        check_dropout_key(config, noise)
        inputs.dropout_key = 0 if noise.dropout_key is None else int(noise.dropout_key)
        self._library.sac_step(self._core, ctypes.byref(inputs), ctypes.byref(self._metrics))
        self._steps += 1

    def metrics(self) -> dict[str, float]:
        """Give the figures of the last step, the critics' as means over its updates."""
        if not self._metrics.temperature:  # always positive after a step
            return {}
        return {name: float(getattr(self._metrics, name)) for name in METRICS}

    def policy_tensors(self) -> dict[str, NDArray[np.float32]]:
        """Copy the actor's weights, named as in `Actor`; matrices are (inputs, outputs)."""
        return {
            name.removeprefix('actor.'): self._read(name).numpy()
            for name in self._layout
            if name.startswith('actor.')
        }

    def state_dict(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on, named and shaped as by `SacStep`."""
        state = {}
        for name in self._layout:
            if name == 'generator':
                state[name] = self._generator.get_state()
            elif name == 'steps':
                state[name] = torch.tensor(self._steps)
            elif name in _SCALARS:
                state[name] = torch.tensor(getattr(self._scalars, _SCALARS[name]))
            else:
                state[name] = self._read(name)
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """
        Continue from a copied state, this class's own or that of `SacStep`.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """
        check_state(self._layout, state)
        for name, tensor in state.items():
            if name == 'generator':
                load_generator(self._generator, state, seed=self.config.seed)
            elif name == 'steps':
                self._steps = int(tensor)
            elif name in _SCALARS:
                setattr(self._scalars, _SCALARS[name], tensor.item())
            else:
                dense = tensor.to('cpu', torch.float32).contiguous()
                self._exchange(name, dense, into_core=True)

    def _read(self, name: str) -> Tensor:
        dense = torch.empty(self._layout[name])
        self._exchange(name, dense, into_core=False)
        return dense

    def _exchange(self, name: str, dense: Tensor, *, into_core: bool) -> None:
        """Copy one tensor between the core's padded memory and a dense tensor."""
        owner, place = name.split('.', 1)
        which = 0
        if owner.endswith('_adam'):
            moment, place = place.split('.', 1)
            which = {'mean': 1, 'square': 2}[moment]
        elif owner == 'target_critics':
            which = 3
        is_critic = 'critic' in owner
        path = place.split('.')
        # The core keeps the actor's two heads as one: log_std beside mean.
        first = self.action_dim if path[0] == 'log_std' else 0
        layer = int(path[1]) if path[0] == 'hidden' else len(self.config.hidden_dims)
        part = (2 if 'norm' in path else 0) + (path[-1] == 'bias')
        for i, one in enumerate(dense.unbind() if is_critic else (dense,)):
            self._library.sac_exchange(
                self._core,
                i if is_critic else -1,
                which,
                layer,
                part,
                first,
                one.shape[-1],
                one.data_ptr(),
                into_core,
            )


_SCALARS = {
    'log_alpha': 'log_alpha',
    'temperature_adam.mean.log_alpha': 'log_alpha_mean',
    'temperature_adam.square.log_alpha': 'log_alpha_square',
    'temperature_adam.updates': 'temperature_updates',
    'actor_adam.updates': 'actor_updates',
    'critic_adam.updates': 'critic_updates',
}


def _contiguous(
    name: str, tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype = torch.float32
) -> Tensor:
    if tensor.shape != shape or tensor.dtype != dtype or tensor.device.type != 'cpu':
        raise ValueError(
            f'{name} must be a {dtype} tensor of shape {shape} on the CPU, got '
            f'{tensor.dtype} {tuple(tensor.shape)} on {tensor.device}'
        )
    return tensor.contiguous()
