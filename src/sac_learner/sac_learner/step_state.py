# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What every step does alike when it continues from a copied state."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def check_state(shapes: Mapping[str, torch.Size], state: Mapping[str, Tensor]) -> None:
    """Check a state before anything of it is loaded.

    :param shapes: of each tensor that belongs to it; that of the generator may differ.
    :raises ValueError: where names or shapes differ, naming them.
    """
    given = {name: tensor.shape for name, tensor in state.items()}
    differing = [
        f'{name} (have {_describe(shapes.get(name))}, given {_describe(given.get(name))})'
        for name in sorted(shapes.keys() | given.keys())
        if shapes.get(name) != given.get(name)
        and not (name == 'generator' and name in shapes and name in given)
    ]
    if differing:
        raise ValueError(f'state does not fit these networks: {", ".join(differing)}')


def load_generator(generator: torch.Generator, state: Mapping[str, Tensor], *, seed: int) -> None:
    """Continue with the noise of a state.

    CPU and GPU draw differently, and neither knows the other's generator. A run that goes on on
    another kind of device does so with other noise, a function of seed and steps.
    """
    saved = state['generator']
    if saved.shape == generator.get_state().shape:
        generator.set_state(saved)
    else:
        generator.manual_seed(1_000_003 * (seed + 1) + int(state['steps']))


def _describe(shape: torch.Size | None) -> str:
    return 'none' if shape is None else str(tuple(shape))
