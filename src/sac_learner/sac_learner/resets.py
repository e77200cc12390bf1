# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that begin anew now and then, while all transitions stay.

At a high update-to-data ratio networks overfit to what came first and stop learning from what
comes later; begun anew they learn from all of it (Nikishin et al. 2022, arXiv:2205.07802).
"""

from __future__ import annotations

from collections.abc import Mapping

from sac_learner.algorithms.config import AlgorithmConfig
from torch import Tensor

_NEVER = ('steps', 'generator')


def reset_is_due(config: AlgorithmConfig, steps: int) -> bool:
    """Return whether networks begin anew after that many learner steps."""
    return config.reset_period > 0 and steps > 0 and steps % config.reset_period == 0


def reinitialized(
    state: Mapping[str, Tensor],
    initial: Mapping[str, Tensor],
    *,
    layers: str,
    networks: tuple[str, ...],
    optimizers: tuple[str, ...],
) -> dict[str, Tensor]:
    """Give a state with new weights in some layers.

    The optimizers begin anew as a whole, so that the corrections of their moments and their
    warm-up fit all layers again. Targets become what their critics are.

    :param initial: state of a new algorithm of the same shape
    :param layers: 'last' for the last layers of the networks, 'all' for all but the count of steps
        and the noise
    :param networks: whose names the names of their tensors begin with
    :param optimizers: likewise
    """

    def begins_anew(name: str) -> bool:
        if layers == 'all':
            return name not in _NEVER
        owner, _, place = name.partition('.')
        is_last = owner in networks and not place.startswith('hidden.')
        return is_last or owner in optimizers

    return {name: new if begins_anew(name) else state[name] for name, new in initial.items()}
