# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that begin anew now and then, while all transitions stay.

At a high update-to-data ratio networks overfit to what came first and stop learning from what
comes later; begun anew they learn from all of it (Nikishin et al. 2022, arXiv:2205.07802).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sac_learner.config import SacConfig
from sac_learner.sac_step import SacStep
from torch import Tensor

_NETWORKS = ('actor', 'critics', 'target_critics')
_OPTIMIZERS = ('actor_adam', 'critic_adam')
_NEVER = ('steps', 'generator')


def reset_is_due(config: SacConfig, steps: int) -> bool:
    """Say whether networks begin anew after that many high-UTD steps."""
    return config.reset_period > 0 and steps > 0 and steps % config.reset_period == 0


def renewed(
    state: dict[str, Tensor], config: SacConfig, observation_dim: int, action_dim: int
) -> dict[str, Tensor]:
    """Give the state of a step with new weights in the layers that `reset_layers` names.

    The optimizers of actor and critics begin anew as a whole, so that the corrections of their
    moments and their warm-up fit all layers again. Targets become what their critics are.

    :param state: of any step; the seed and its number of steps decide the new weights.
    """
    numbers = np.random.SeedSequence([config.seed, int(state['steps'])]).generate_state(1)
    begun = SacStep(replace(config, seed=int(numbers[0])), observation_dim, action_dim)
    return {
        name: begun_tensor if _begins_anew(name, config.reset_layers) else state[name]
        for name, begun_tensor in begun.state_dict().items()
    }


def _begins_anew(name: str, layers: str) -> bool:
    if layers == 'all':
        return name not in _NEVER
    owner, _, place = name.partition('.')
    is_last = owner in _NETWORKS and not place.startswith('hidden.')
    return is_last or owner in _OPTIMIZERS
