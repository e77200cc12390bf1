# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Encoding of weights: what goes in comes out, and nothing else gets through."""

from __future__ import annotations

from dataclasses import asdict, replace
import json
from typing import Any

from hypothesis import given, settings, strategies
import numpy as np
import pytest
from sac_core.weights import decode_weights, encode_weights, PolicyArchitecture, PolicyWeights
from safetensors.numpy import save

ARCHITECTURE = PolicyArchitecture(3, 2, (4, 5), 'relu', True, -5.0, 2.0)


def make_weights(architecture: PolicyArchitecture = ARCHITECTURE, seed: int = 0) -> PolicyWeights:
    random = np.random.default_rng(seed)
    tensors = {
        name: random.normal(size=shape).astype(np.float32)
        for name, shape in architecture.tensor_shapes().items()
    }
    return PolicyWeights(
        architecture, tensors, version=7, learner_steps=12, env_steps=340, env_id='Robot-v1'
    )


def encode_by_hand(
    *, tensors: dict[str, Any] | None = None, architecture: Any = None, **fields: Any
) -> bytes:
    """Encode what `encode_weights` never would."""
    description: dict[str, Any] = {'version': 1, 'architecture': asdict(ARCHITECTURE)} | fields
    description['architecture'] |= architecture or {}
    return save(
        make_weights().tensors if tensors is None else tensors,
        metadata={'policy': json.dumps(description)},
    )


WEIGHTS_FILE = encode_weights(make_weights())


@given(
    hidden_dims=strategies.lists(strategies.integers(1, 9), max_size=3),
    activation=strategies.sampled_from(['relu', 'tanh']),
    layer_norm=strategies.booleans(),
    seed=strategies.integers(0, 99),
)
def test_weights_survive_the_round_trip_bit_for_bit(
    hidden_dims: list[int], activation: str, layer_norm: bool, seed: int
) -> None:
    shape = PolicyArchitecture(3, 2, tuple(hidden_dims), activation, layer_norm, -5.0, 2.0)
    weights = make_weights(shape, seed)
    decoded = decode_weights(encode_weights(weights))
    assert replace(decoded, tensors={}) == replace(weights, tensors={})
    assert decoded.tensors.keys() == weights.tensors.keys()
    for name, tensor in weights.tensors.items():
        np.testing.assert_array_equal(decoded.tensors[name], tensor)


@given(data=strategies.binary(max_size=300))
def test_any_bytes_are_refused_as_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match='not a policy file'):
        decode_weights(data)


@given(end=strategies.integers(0, len(WEIGHTS_FILE) - 1))
def test_a_truncated_file_is_refused(end: int) -> None:
    with pytest.raises(ValueError):
        decode_weights(WEIGHTS_FILE[:end])


@settings(max_examples=500)
@given(
    place=strategies.integers(0, len(WEIGHTS_FILE) - 1),
    replacement=strategies.binary(min_size=1, max_size=8),
)
def test_a_damaged_file_is_refused_or_still_a_policy(place: int, replacement: bytes) -> None:
    damaged = WEIGHTS_FILE[:place] + replacement + WEIGHTS_FILE[place + len(replacement) :]
    try:
        weights = decode_weights(damaged)
    except ValueError:
        return
    shapes = {name: tensor.shape for name, tensor in weights.tensors.items()}
    assert shapes == weights.architecture.tensor_shapes()
    assert all(np.isfinite(tensor).all() for tensor in weights.tensors.values())


JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(max_size=5),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=500)
@given(name=strategies.sampled_from([*asdict(ARCHITECTURE)]), value=JSON)
def test_any_description_is_refused_or_means_the_same(name: str, value: Any) -> None:
    try:
        weights = decode_weights(encode_by_hand(architecture={name: value}))
    except ValueError:
        return
    assert weights.architecture.tensor_shapes() == ARCHITECTURE.tensor_shapes()
    assert -40.0 <= weights.architecture.log_std_min < weights.architecture.log_std_max <= 40.0


@pytest.mark.parametrize(
    'text', ['', 'null', '[]', '"policy"', '{}', '[' * 100_000, '{"architecture": 1e999}']
)
def test_metadata_that_describe_no_policy_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match='not a policy file'):
        decode_weights(save(make_weights().tensors, metadata={'policy': text}))


def test_a_file_that_names_no_head_holds_a_squashed_gaussian() -> None:
    described = asdict(ARCHITECTURE)
    del described['head'], described['noise_std']
    text = json.dumps({'version': 1, 'architecture': described})
    decoded = decode_weights(save(make_weights().tensors, metadata={'policy': text}))
    assert decoded.architecture == ARCHITECTURE


def test_a_tensor_file_of_somebody_else_is_refused() -> None:
    with pytest.raises(ValueError, match='not a policy file'):
        decode_weights(save(make_weights().tensors))


@pytest.mark.parametrize(
    ('wrong', 'complaint'),
    [
        ({'observation_dim': 0}, 'observation_dim must be an integer of at least 1, got 0'),
        ({'action_dim': 2.0}, 'action_dim must be an integer of at least 1, got 2.0'),
        ({'hidden_dims': [4, -5]}, 'hidden_dims must be an integer of at least 1, got -5'),
        ({'activation': 'gelu'}, "activation must be 'relu' or 'tanh', got 'gelu'"),
        ({'layer_norm': 'no'}, "layer_norm must be true or false, got 'no'"),
        ({'log_std_min': 3.0}, 'log_std_min and log_std_max must rise'),
        ({'log_std_max': float('nan')}, 'log_std_min and log_std_max must rise'),
        ({'log_std_max': 1e9}, 'log_std_min and log_std_max must rise'),
        ({'dropout': 0.1}, 'dropout'),
        ({'head': 'softmax'}, "head must be one of .*, got 'softmax'"),
        ({'noise_std': -0.1}, 'noise_std must be in'),
        ({'noise_std': float('nan')}, 'noise_std must be in'),
        ({'head': 'tanh_additive_noise'}, "superfluous: .*'log_std.bias'"),
        ({'hidden_dims': [4, 6]}, r'hidden.1.weight must be float32 \(4, 6\), got float32'),
        ({'hidden_dims': [4]}, "missing or superfluous: .*'hidden.1.bias'"),
    ],
)
def test_a_wrong_architecture_is_refused_by_name(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        decode_weights(encode_by_hand(architecture=wrong))


@pytest.mark.parametrize(
    ('wrong', 'complaint'),
    [
        ({'version': 0}, 'version must be an integer of at least 1, got 0'),
        ({'version': 'x'}, "version must be an integer of at least 1, got 'x'"),
        ({'version': 2**70}, 'version must be an integer'),
        ({'learner_steps': -1}, 'learner_steps must be an integer of at least 0, got -1'),
        ({'env_steps': True}, 'env_steps must be an integer of at least 0, got True'),
        ({'env_id': 5}, 'env_id must be a string, got 5'),
        ({'tensors': {}}, 'tensors'),
    ],
)
def test_a_wrong_description_is_refused_by_name(wrong: dict[str, Any], complaint: str) -> None:
    tensors = wrong.pop('tensors', None)
    with pytest.raises(ValueError, match=complaint):
        decode_weights(encode_by_hand(tensors=tensors, **wrong))


def test_tensors_of_another_type_or_number_are_refused() -> None:
    tensors = make_weights().tensors
    double = tensors | {'mean.bias': tensors['mean.bias'].astype(np.float64)}
    with pytest.raises(ValueError, match=r'mean\.bias must be float32'):
        decode_weights(encode_by_hand(tensors=double))
    with pytest.raises(ValueError, match=r"superfluous: \['extra'\]"):
        decode_weights(encode_by_hand(tensors=tensors | {'extra': tensors['mean.bias']}))


def test_a_policy_may_carry_its_normalization_whole_and_of_its_size() -> None:
    tensors = make_weights().tensors
    shift, scale = np.full(3, 5e7, np.float32), np.full(3, 0.5, np.float32)
    both = tensors | {'normalization.shift': shift, 'normalization.scale': scale}
    decoded = decode_weights(encode_weights(replace(make_weights(), tensors=both)))
    assert (decoded.tensors['normalization.shift'] == shift).all()
    with pytest.raises(ValueError, match=r"missing or superfluous: \['normalization.scale'\]"):
        decode_weights(encode_by_hand(tensors=tensors | {'normalization.shift': shift}))
    with pytest.raises(ValueError, match=r'normalization.scale must be float32 \(3,\)'):
        decode_weights(encode_by_hand(tensors=both | {'normalization.scale': scale[:2]}))


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused_by_name(bad: float) -> None:
    weights = make_weights()
    weights.tensors['log_std.weight'][1, 1] = bad
    with pytest.raises(ValueError, match=r'log_std\.weight holds numbers that are not finite'):
        decode_weights(encode_weights(weights))
