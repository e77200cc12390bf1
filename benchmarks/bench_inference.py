# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How long the policy takes for one action, alone and beside a busy learner."""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray
from options import emit, parse, processors
from sac_core.policy import Policy
from sac_core.weights import PolicyArchitecture, PolicyWeights
from sac_learner.config import SacConfig
from sac_learner.networks import LOG_STD_MAX, LOG_STD_MIN
from turns import contestants, prepare

OBSERVATION_DIM, ACTION_DIM = 17, 6  # HalfCheetah
RATE = 200.0  # Hz, of the calls beside a learner: as in a loop, not back to back


def random_policy() -> Policy:
    """:return: an actor network of the default size"""
    config, rng = SacConfig(), np.random.default_rng(0)
    architecture = PolicyArchitecture(
        observation_dim=OBSERVATION_DIM,
        action_dim=ACTION_DIM,
        hidden_dims=config.hidden_dims,
        activation=config.activation,
        layer_norm=config.layer_norm_actor,
        log_std_min=LOG_STD_MIN,
        log_std_max=LOG_STD_MAX,
    )
    tensors = {
        name: 0.05 * rng.standard_normal(shape, np.float32)
        for name, shape in architecture.tensor_shapes().items()
    }
    return Policy(
        PolicyWeights(
            architecture=architecture, tensors=tensors, version=1, learner_steps=0, env_steps=0
        )
    )


def time_calls(policy: Policy, count: int, period: float) -> NDArray[np.float64]:
    """:return: the duration of each call, noise included [µs]"""
    rng, noise = np.random.default_rng(0), np.empty(ACTION_DIM, np.float32)
    observations = rng.standard_normal((count, OBSERVATION_DIM), np.float32)
    durations = np.empty(count)
    begin = time.perf_counter()
    for i in range(count):
        if period:
            time.sleep(max(0.0, begin + i * period - time.perf_counter()))
        start = time.perf_counter_ns()
        rng.standard_normal(out=noise, dtype=np.float32)
        policy.act(observations[i], noise)
        durations[i] = time.perf_counter_ns() - start
    return durations / 1e3


def report(case: str, durations: NDArray[np.float64], **more: object) -> None:
    """Print percentiles."""
    p50, p99, p999 = np.percentile(durations, [50, 99, 99.9])
    emit(
        bench='inference',
        case=case,
        **processors(),
        calls=len(durations),
        p50_us=round(p50, 1),
        p99_us=round(p99, 1),
        p99_9_us=round(p999, 1),
        **more,
    )


def main() -> None:
    """Measure back to back, then at a rate, without and with a learner beside it."""
    options = parse(argparse.ArgumentParser(description=__doc__))
    policy = random_policy()
    seconds = 2.0 if options.quick else 30.0
    time_calls(policy, 1000, 0.0)  # warms up
    report('alone, back to back', time_calls(policy, int(5000 * seconds), 0.0))
    count = int(RATE * seconds)
    report(f'alone, {RATE:g} Hz', time_calls(policy, count, 1 / RATE))
    with contestants(ours={'module': 'ours'}) as started:
        described = prepare(started, {})
        started['ours'].order(seconds=seconds + 1.0)
        time.sleep(0.5)
        durations = time_calls(policy, count, 1 / RATE)
        report(f'beside a busy learner, {RATE:g} Hz', durations, learner=described['ours'])
        started['ours'].answer()


if __name__ == '__main__':
    main()
