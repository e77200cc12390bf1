# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Shape of a policy, how it maps observations to actions, and how it explores."""

from __future__ import annotations

from dataclasses import dataclass

# exp of it, and its square, are far from the end of float32.
LARGEST_LOG_STD = 40.0
# Bounds of the policy's log standard deviation (as CleanRL); every runner of a policy clips alike.
LOG_STD_MIN = -5.0
LOG_STD_MAX = 2.0

# How the last layers make an action of the features, and what chance does to it.
SQUASHED_GAUSSIAN = 'squashed_gaussian'  # tanh(mean + exp(log_std) * noise)
TANH_ADDITIVE_NOISE = 'tanh_additive_noise'  # tanh(mean) + noise_std * noise, within [-1, 1]
LARGEST_NOISE_STD = 10.0
HEADS = (SQUASHED_GAUSSIAN, TANH_ADDITIVE_NOISE)

_LARGEST = 2**63 - 1  # what a counter in a message or a file may be


@dataclass(frozen=True)
class PolicyArchitecture:
    """Shape of the policy network, how it maps observations to actions, and how it explores.

    An MLP, then what `head` says; the noise is standard normal, one number per action.

    :param head: one of `HEADS`; a file that names none has the first
    :param log_std_min: of squashed_gaussian, as log_std_max
    :param noise_std: of tanh_additive_noise, in actions of [-1, 1]
    :raises ValueError: on construction, naming the field and the value
    """

    observation_dim: int
    action_dim: int
    hidden_dims: tuple[int, ...]
    activation: str  # 'relu' or 'tanh'
    layer_norm: bool  # dense, LayerNorm, activation in each hidden layer
    log_std_min: float = LOG_STD_MIN
    log_std_max: float = LOG_STD_MAX
    head: str = SQUASHED_GAUSSIAN
    noise_std: float = 0.0

    def __post_init__(self) -> None:
        for name in ('observation_dim', 'action_dim'):
            check_count(name, getattr(self, name), least=1)
        for units in self.hidden_dims:
            check_count('hidden_dims', units, least=1)
        if self.activation not in ('relu', 'tanh'):
            raise ValueError(f"activation must be 'relu' or 'tanh', got {self.activation!r}")
        if not isinstance(self.layer_norm, bool):
            raise ValueError(f'layer_norm must be true or false, got {self.layer_norm!r}')
        if self.head not in HEADS:
            raise ValueError(f'head must be one of {list(HEADS)}, got {self.head!r}')
        if not 0.0 <= self.noise_std <= LARGEST_NOISE_STD:
            raise ValueError(
                f'noise_std must be in [0, {LARGEST_NOISE_STD:g}], got {self.noise_std}'
            )
        if not -LARGEST_LOG_STD <= self.log_std_min < self.log_std_max <= LARGEST_LOG_STD:
            raise ValueError(
                f'log_std_min and log_std_max must rise within {LARGEST_LOG_STD:g} of 0, got'
                f' {self.log_std_min}, {self.log_std_max}'
            )

    @property
    def head_layers(self) -> tuple[str, ...]:
        """Names of the last layers, side by side."""
        return ('mean', 'log_std') if self.head == SQUASHED_GAUSSIAN else ('mean',)

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor but `SHIFT` and `SCALE`; matrices are (in, out)."""
        shapes: dict[str, tuple[int, ...]] = {}
        width = self.observation_dim
        for index, units in enumerate(self.hidden_dims):
            shapes[f'hidden.{index}.weight'] = (width, units)
            shapes[f'hidden.{index}.bias'] = (units,)
            if self.layer_norm:
                shapes[f'hidden.{index}.norm.weight'] = (units,)
                shapes[f'hidden.{index}.norm.bias'] = (units,)
            width = units
        for layer in self.head_layers:
            shapes[f'{layer}.weight'] = (width, self.action_dim)
            shapes[f'{layer}.bias'] = (self.action_dim,)
        return shapes


def check_count(name: str, value: object, *, least: int) -> None:
    """Check a whole number.

    :raises ValueError: naming it and the value
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
        raise ValueError(f'{name} must be an integer of at least {least}, got {value!r}')
