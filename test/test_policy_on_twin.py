# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A policy of an arm does by the real processes what it does in `sac eval`, step for step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from real_run import Runner
from sac_core.weights import encode_weights, PolicyArchitecture, PolicyWeights
from sac_tools.evaluation import run_episodes

pytestmark = pytest.mark.timeout(120)
NUMBERS = 'max_episode_steps=40'


def test_a_run_in_lockstep_is_what_the_evaluation_in_one_process_is(
    runner: Runner, tmp_path: Path
) -> None:
    shape = PolicyArchitecture(26, 3, (16,), 'tanh', False, -5.0, 2.0)
    random = np.random.default_rng(0)
    tensors = {
        name: random.standard_normal(size).astype(np.float32)
        for name, size in shape.tensor_shapes().items()
    }
    weights = PolicyWeights(shape, tensors, learner_steps=1, env_id='franka/reach')
    (tmp_path / 'policy.safetensors').write_bytes(encode_weights(weights))
    file = tmp_path / 'parameters.yaml'
    file.write_text(f'franka_bridge: {{ros__parameters: {{task_numbers: {NUMBERS}}}}}')
    run = runner.run(
        'policy',
        f'checkpoint:={tmp_path}',
        *('robot:=panda_sim', f'params_file:={file}'),
        *('episodes:=2', 'control_rate:=0', 'seed:=5'),
    )
    assert run.exit_code == 0, run.output
    returns = [episode['episode_return'] for episode in run.lines('episodes.jsonl')]
    parameters = {'franka_bridge': {'task': 'reach', 'task_numbers': NUMBERS}}
    alone = list(run_episodes(weights, episodes=2, seed=5, parameters=parameters))
    assert returns == pytest.approx([each.episode_return for each in alone], rel=1e-5), run.output
