# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The plain torch step of cleanrl_step.py, with a thread for each core as torch has by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch  # isort: skip  before sac_learner, which sets how OpenMP waits: here it is torch's own

from cleanrl_step import CleanRlStep
from filled_replay import filled_replay

from contestants.ours import ACTION_DIM, config_of, OBSERVATION_DIM
from contestants.serve import serve


def build(case: dict[str, Any]) -> tuple[Callable[[], None], str]:
    """:return: sampling and one step, and its threads"""
    case.pop('precision', None)
    config = config_of(case)
    replay = filled_replay(100_000, OBSERVATION_DIM, ACTION_DIM)
    step = CleanRlStep(config, OBSERVATION_DIM, ACTION_DIM)
    description = f'torch {torch.__version__}, {torch.get_num_threads()} threads'
    return lambda: step.step(replay.sample(config.step_batch_size)), description


if __name__ == '__main__':
    serve(build)
