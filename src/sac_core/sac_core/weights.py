# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor network as it travels and as it is kept: named tensors in a safetensors file.

The same bytes are the payload of a PolicyWeights message and the file `policy.safetensors` of a
checkpoint, so that inference needs neither torch nor a learner. Nothing in them can be executed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
import json

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.normalization import SCALE, SHIFT
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

# exp of it, and its square, are far from the end of float32.
LARGEST_LOG_STD = 40.0

_LARGEST = 2**63 - 1  # what a counter in a message or a file may be

_METADATA_KEY = '__metadata__'
# What reading bytes that somebody else chose can raise; RecursionError is JSON nested too deep.
_MALFORMED = (
    SafetensorError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class NotFiniteError(ValueError):
    """Weights, or what trains them, hold a number that is not finite."""


@dataclass(frozen=True)
class PolicyArchitecture:
    """Shape of the actor network: MLP, then a mean and a log standard deviation per action.

    :raises ValueError: on construction, naming the field and the value
    """

    observation_dim: int
    action_dim: int
    hidden_dims: tuple[int, ...]
    activation: str  # 'relu' or 'tanh'
    layer_norm: bool  # dense, LayerNorm, activation in each hidden layer
    log_std_min: float
    log_std_max: float

    def __post_init__(self) -> None:
        for name in ('observation_dim', 'action_dim'):
            _check_count(name, getattr(self, name), least=1)
        for units in self.hidden_dims:
            _check_count('hidden_dims', units, least=1)
        if self.activation not in ('relu', 'tanh'):
            raise ValueError(f"activation must be 'relu' or 'tanh', got {self.activation!r}")
        if not isinstance(self.layer_norm, bool):
            raise ValueError(f'layer_norm must be true or false, got {self.layer_norm!r}')
        if not -LARGEST_LOG_STD <= self.log_std_min < self.log_std_max <= LARGEST_LOG_STD:
            raise ValueError(
                f'log_std_min and log_std_max must rise within {LARGEST_LOG_STD:g} of 0, got'
                f' {self.log_std_min}, {self.log_std_max}'
            )

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
        for head in ('mean', 'log_std'):
            shapes[f'{head}.weight'] = (width, self.action_dim)
            shapes[f'{head}.bias'] = (self.action_dim,)
        return shapes


@dataclass(frozen=True)
class PolicyWeights:
    """One version of the policy. Treated as immutable: a new version is a new object.

    :param version: counts the published policies of a run from 1
    :param learner_steps: high-UTD steps behind it; 0: untrained
    :param env_steps: transitions that the learner had stored by then
    :raises ValueError: on construction, naming the field and the value
    """

    architecture: PolicyArchitecture
    tensors: dict[str, FloatArray] = field(repr=False)
    version: int = 1
    learner_steps: int = 0
    env_steps: int = 0
    env_id: str = ''

    def __post_init__(self) -> None:
        _check_count('version', self.version, least=1)
        _check_count('learner_steps', self.learner_steps, least=0)
        _check_count('env_steps', self.env_steps, least=0)
        if not isinstance(self.env_id, str):
            raise ValueError(f'env_id must be a string, got {self.env_id!r}')


def encode_weights(weights: PolicyWeights) -> bytes:
    """Return the weights as the bytes of a safetensors file.

    :raises NotFiniteError: where `decode_weights` would refuse them, naming the tensor
    """
    _check_finite(weights)
    description = asdict(replace(weights, tensors={}))  # asdict copies what it is given
    del description['tensors']
    return save_tensors(weights.tensors, metadata={'policy': json.dumps(description)})


def encoded_size(architecture: PolicyArchitecture) -> int:
    """Bytes of a file of such a policy, give or take the digits of its counters."""
    tensors = {
        name: np.zeros(shape, np.float32) for name, shape in architecture.tensor_shapes().items()
    }
    return len(encode_weights(PolicyWeights(architecture, tensors)))


def decode_weights(data: bytes) -> PolicyWeights:
    """Read what `encode_weights` wrote, and trust none of it.

    :raises ValueError: where it is no safetensors file, a tensor is missing, superfluous, of
        another shape or type, or holds a number that is not finite
    """
    try:
        tensors = load_tensors(data)
        description = json.loads(_metadata(data)['policy'])
        fields = description.pop('architecture')
        fields['hidden_dims'] = tuple(fields['hidden_dims'])
        architecture = PolicyArchitecture(**fields)
        weights = PolicyWeights(architecture=architecture, tensors=tensors, **description)
    except _MALFORMED as error:
        raise ValueError(f'not a policy file: {error}') from error
    shapes = architecture.tensor_shapes()
    if tensors.keys() & {SHIFT, SCALE}:
        shapes |= dict.fromkeys((SHIFT, SCALE), (architecture.observation_dim,))
    if set(shapes) != set(tensors):
        names = sorted(set(shapes) ^ set(tensors))
        raise ValueError(f'policy tensors missing or superfluous: {names}')
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise ValueError(
                f'policy tensor {name} must be float32 {shape}, got {tensor.dtype} {tensor.shape}'
            )
    _check_finite(weights)
    return weights


def _check_finite(weights: PolicyWeights) -> None:
    for name, tensor in weights.tensors.items():
        if not np.isfinite(tensor).all():
            raise NotFiniteError(
                f'policy tensor {name} holds numbers that are not finite, at learner step'
                f' {weights.learner_steps}'
            )


def _metadata(data: bytes) -> dict[str, str]:
    """Read the header's metadata, which `safetensors.numpy.load` leaves out."""
    length = int.from_bytes(data[:8], 'little')
    header = json.loads(data[8 : 8 + length])
    return dict(header[_METADATA_KEY])


def _check_count(name: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
        raise ValueError(f'{name} must be an integer of at least {least}, got {value!r}')
