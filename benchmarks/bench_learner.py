# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Measure high-UTD steps per second, as a ratio to a plain torch step in the same run.

Prints one JSON object per line. The implementations take turns, so that whatever else the machine
does meanwhile meets all of them; what counts is the median of the rounds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
import json
from statistics import median
import time

from cleanrl_step import CleanRlStep
import numpy as np
from sac_learner.backend import available_cores, make_step
from sac_learner.config import SacConfig
from sac_learner.replay_buffer import ReplayBuffer, ReplayStorage
from sac_learner.sac_step import SacStep
import torch

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah
CASES = {
    'c2_utd8_fp32': SacConfig(),
    'c10_utd8_fp32': SacConfig(num_critics=10),
    'c2_utd20_fp32': SacConfig(utd_ratio=20),
}


@dataclass
class Contestant:
    """One implementation: sample, then step; and the threads that torch may use meanwhile."""

    run: Callable[[], None]
    torch_threads: int
    rates: list[float]

    def measure(self, seconds: float) -> None:
        torch.set_num_threads(self.torch_threads)
        self.run()  # warms caches, and wakes the threads
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            self.run()
            steps += 1
        self.rates.append(steps / (time.perf_counter() - start))


def filled_buffer(transitions: int) -> ReplayBuffer:
    """Store random transitions."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return rng.standard_normal(shape, np.float32)

    buffer = ReplayBuffer(
        ReplayStorage.in_memory(transitions, OBSERVATION_DIM, ACTION_DIM), seed=0
    )
    buffer.add_batch(
        observations=normal(transitions, OBSERVATION_DIM),
        actions=np.tanh(normal(transitions, ACTION_DIM)),
        rewards=normal(transitions),
        next_observations=normal(transitions, OBSERVATION_DIM),
        terminated=np.zeros(transitions),
        truncated=np.zeros(transitions),
    )
    return buffer


def measure(
    case: str, *, device: str, threads: int, seconds: float, rounds: int, reference: bool
) -> dict[str, object]:
    """Measure one case.

    :param seconds: of each implementation in each round.
    :return: what is printed.
    """
    config = CASES[case]
    buffer = filled_buffer(100_000)
    step, description = make_step(
        config, OBSERVATION_DIM, ACTION_DIM, device=device, threads=threads
    )
    all_cores = max(1, int(available_cores()))

    def contestant(run: Callable[..., None], torch_threads: int) -> Contestant:
        return Contestant(
            lambda: run(buffer.sample(config.step_batch_size)), torch_threads, rates=[]
        )

    contestants = {
        'ours': contestant(step.step, torch.get_num_threads()),
        'cleanrl': contestant(CleanRlStep(config, OBSERVATION_DIM, ACTION_DIM).step, all_cores),
    }
    if reference:
        contestants['reference'] = contestant(
            SacStep(config, OBSERVATION_DIM, ACTION_DIM).step, all_cores
        )
    for _ in range(rounds):
        for one in contestants.values():
            one.measure(seconds)
    ours = contestants.pop('ours').rates
    result: dict[str, object] = {
        'bench': 'learner',
        'case': case,
        'device': description,
        'cpus': all_cores,
        'steps_per_s': round(median(ours), 2),
        'steps_per_s_range': [round(min(ours), 2), round(max(ours), 2)],
    }
    for name, one in contestants.items():
        result[f'{name}_steps_per_s'] = round(median(one.rates), 2)
        ratios = [a / b for a, b in zip(ours, one.rates, strict=True)]
        result[f'vs_{name}'] = round(median(ratios), 2)
    return result


def main() -> None:
    """Run the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--case', choices=CASES, action='append', help='default: all')
    parser.add_argument('--device', default='auto', help='as the parameter of the learner')
    parser.add_argument('--threads', type=int, default=0, help='of our step; 0: as the learner')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=float, default=2.0, help='of each step in each round')
    parser.add_argument('--reference', action='store_true', help='also measure the reference step')
    parser.add_argument('--quick', action='store_true', help='3 rounds of 1 second')
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 3, 1.0
    for case in arguments.case or CASES:
        result = measure(
            case,
            device=arguments.device,
            threads=arguments.threads,
            seconds=arguments.seconds,
            rounds=arguments.rounds,
            reference=arguments.reference,
        )
        print(json.dumps(result), flush=True)


if __name__ == '__main__':
    main()
