# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Stable-Baselines3's SAC (torch, eager), with a thread for each core as torch has by default.

Each of the utd_ratio updates trains temperature, critics and actor on its own batch, as SBX's do.
Its critics have no LayerNorm: where the case asks for it, this row does less work than the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import stable_baselines3
import torch
from torch import nn

from contestants.peer_models import arguments, ready, Spaces
from contestants.serve import serve


def build(case: dict[str, Any]) -> tuple[Callable[[], None], str]:
    """:return: `train` of a Stable-Baselines3 model, and versions"""
    model = stable_baselines3.SAC(
        'MlpPolicy',
        Spaces(),
        policy_kwargs={
            'net_arch': list(case['hidden_dims']),
            'n_critics': case['num_critics'],
            'activation_fn': {'relu': nn.ReLU, 'tanh': nn.Tanh}[case['activation']],
        },
        **arguments(case),
    )
    versions = f'stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}'
    return ready(model, case), f'{versions}, {torch.get_num_threads()} threads'


if __name__ == '__main__':
    serve(build)
