# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The choices of the Soft Actor-Critic algorithm: one frozen, validated dataclass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import math

ACTIVATIONS = ('relu', 'tanh')
ACTOR_Q = ('mean', 'min')


@dataclass(frozen=True, kw_only=True)
class SacConfig:
    """
    What one high-UTD step of Soft Actor-Critic computes; the dimensions come with the environment.

    :param hidden_dims: width of each hidden layer, in the actor and in every critic.
    :param activation: 'relu' or 'tanh', after each hidden layer.
    :param layer_norm_critic: normalize each hidden layer of the critics before its activation
        (RLPD, arXiv:2302.02948, section 4.2).
    :param layer_norm_actor: the same in the actor.
    :param num_critics: size of the ensemble.
    :param target_subset: how many target critics, drawn without replacement for each critic
        update, take part in the minimum (REDQ, arXiv:2101.05982, algorithm 1).
    :param actor_q: 'mean' or 'min' of all critics in the actor's loss.
    :param backup_entropy: subtract the temperature times log-probability in the critics' target.
    :param discount: gamma.
    :param tau: share of the critic that enters the target critic at each critic update.
    :param actor_lr: Adam's step size for the actor.
    :param critic_lr: Adam's step size for the critics.
    :param temperature_lr: Adam's step size for log_alpha.
    :param warmup_steps: updates over which the step sizes of actor and critics rise linearly to
        their value, counted in each network's own updates; 0 starts at the full step size.
    :param init_temperature: alpha before the first update.
    :param target_entropy: nats to which the temperature steers the policy's entropy in [-1, 1]
        coordinates; None is -action_dim / 2.
    :param batch_size: transitions in one critic update.
    :param utd_ratio: critic updates in one high-UTD step, and so per environment step.
    :param seed: of the initial weights and of all noise in the updates.
    :raises ValueError: for a value outside its range, naming field and value.
    """

    hidden_dims: tuple[int, ...] = (256, 256)
    activation: str = 'relu'
    layer_norm_critic: bool = True
    layer_norm_actor: bool = False

    num_critics: int = 2
    target_subset: int = 2
    actor_q: str = 'mean'
    backup_entropy: bool = True
    discount: float = 0.99
    tau: float = 0.005

    actor_lr: float = 3e-4
    critic_lr: float = 3e-4
    temperature_lr: float = 3e-4
    warmup_steps: int = 0
    init_temperature: float = 0.1
    target_entropy: float | None = None

    batch_size: int = 256
    utd_ratio: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, 'hidden_dims', tuple(self.hidden_dims))
        if not self.hidden_dims or any(not _is_int(d) or d < 1 for d in self.hidden_dims):
            raise ValueError(
                f'hidden_dims must be one or more positive integers, got {self.hidden_dims}')
        self._require_one_of('activation', ACTIVATIONS)
        self._require_one_of('actor_q', ACTOR_Q)
        for field in ('layer_norm_critic', 'layer_norm_actor', 'backup_entropy'):
            self._require_one_of(field, (True, False))
        for field in ('num_critics', 'target_subset', 'batch_size', 'utd_ratio'):
            self._require_int(field, low=1)
        for field in ('warmup_steps', 'seed'):
            self._require_int(field, low=0)
        if self.target_subset > self.num_critics:
            raise ValueError(f'target_subset must be at most num_critics ({self.num_critics}), '
                             f'got {self.target_subset}')
        self._require_float('discount', low=0.0, high=1.0, low_included=True)
        self._require_float('tau', low=0.0, high=1.0)
        for field in ('actor_lr', 'critic_lr', 'temperature_lr', 'init_temperature'):
            self._require_float(field, low=0.0)
        if self.target_entropy is not None:
            self._require_float('target_entropy', low=-math.inf)

    @property
    def step_batch_size(self) -> int:
        """Transitions that one high-UTD step takes: one batch for each critic update."""
        return self.batch_size * self.utd_ratio

    def target_entropy_for(self, action_dim: int) -> float:
        """Nats, for an environment with that many action dimensions."""
        return -action_dim / 2 if self.target_entropy is None else float(self.target_entropy)

    def _require_one_of(self, field: str, allowed: Iterable[object]) -> None:
        value = getattr(self, field)
        if not any(value is a or (isinstance(value, str) and value == a) for a in allowed):
            raise ValueError(f'{field} must be one of {", ".join(map(repr, allowed))}, '
                             f'got {value!r}')

    def _require_int(self, field: str, *, low: int) -> None:
        value = getattr(self, field)
        if not _is_int(value) or value < low:
            raise ValueError(f'{field} must be an integer of at least {low}, got {value!r}')

    def _require_float(self, field: str, *, low: float, high: float = math.inf,
                       low_included: bool = False) -> None:
        value = getattr(self, field)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        above = is_number and (value >= low if low_included else value > low)
        if not (above and value <= high and math.isfinite(value)):
            opening = '[' if low_included else '('
            raise ValueError(f'{field} must be a number in {opening}{low}, {high}], got {value!r}')


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
