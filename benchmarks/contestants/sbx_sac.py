# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""SBX's SAC (JAX), the loop over the updates compiled as SBX does it.

Each of the utd_ratio updates trains critics, actor and temperature on its own batch
(`policy_delay=1`): the actor sees as many transitions as in one update on all of them, in
utd_ratio steps of Adam. The target is the minimum of all critics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import sbx

from contestants.peer_models import arguments, ready, Spaces
from contestants.serve import serve


def build(case: dict[str, Any]) -> tuple[Callable[[], None], str]:
    """:return: `train` of an SBX model, and versions"""
    model = sbx.SAC(
        'MlpPolicy',
        Spaces(),
        policy_delay=1,
        policy_kwargs={
            'net_arch': list(case['hidden_dims']),
            'n_critics': case['num_critics'],
            'layer_norm': case['layer_norm_critic'],
            'activation_fn': {'relu': nn.relu, 'tanh': nn.tanh}[case['activation']],
        },
        **arguments(case),
    )
    return ready(model, case), f'sbx {sbx.__version__}, jax {jax.__version__}'


if __name__ == '__main__':
    serve(build)
