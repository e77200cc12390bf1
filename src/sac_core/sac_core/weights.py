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
from sac_core.policy_architecture import check_count
from sac_core.policy_architecture import PolicyArchitecture as PolicyArchitecture
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

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
class PolicyWeights:
    """One version of the policy. Treated as immutable: a new version is a new object.

    :param version: counts the published policies of a run from 1
    :param learner_steps: learner steps behind it; 0: untrained
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
        check_count('version', self.version, least=1)
        check_count('learner_steps', self.learner_steps, least=0)
        check_count('env_steps', self.env_steps, least=0)
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
