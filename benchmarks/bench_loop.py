# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Measure how punctual the control loop is beside a learner that uses all other cores.

Prints one JSON object per line: the actor's own loop in its real process, then, beside the same
learner, a plain loop around time.sleep and one that asks a server in every tick, whose server dies
halfway. With --disturb, the actor's loop while something goes wrong around it, next to the same
loop before, and the ratio of the percentiles beside their spread without the disturbance. `calm`
are the same figures for the seconds in which the host of a virtual machine withheld nothing, and
`unbroken` those of the longest time between two missed ticks.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
import tempfile
from typing import Any

from loops.blocking_loop import run_blocking_loop
from loops.busy_run import BusyRun
from loops.comparison import compare
from loops.disturbances import DISTURBANCES, DisturbanceUnavailableError
from loops.plain_loop import run_plain_loop
from loops.record_parts import calm_part, cut, samples, sum_up, sum_up_calm, sum_up_unbroken
from loops.stolen_log import StolenLog
import numpy as np
from sac_actor.cpu_steal import CpuSteal
from sac_core.policy import Policy
from sac_core.weights import PolicyArchitecture, PolicyWeights

_RATES = (50.0, 200.0, 500.0)
_TO_SETTLE = 1.0  # [s] after a disturbance begins and before it ends that belong to neither side
_ALL = 'all'  # disturbances
_LOOPS = {'sleep': run_plain_loop, 'blocking': run_blocking_loop}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rate', type=float, action='append', help='[Hz]; default: 50, 200, 500')
    parser.add_argument('--seconds', type=float, default=60.0, help='of each loop')
    parser.add_argument(
        '--disturb', choices=(*DISTURBANCES, _ALL), action='append', default=[], metavar='NAME'
    )
    parser.add_argument(
        '--rt-priority',
        type=int,
        action='append',
        help="SCHED_FIFO priority of the actor's control thread, 0: none; default: 0",
    )
    parser.add_argument('--alone', action='store_true', help="only the actor's own loop")
    options = parser.parse_args()
    for rate in options.rate or _RATES:
        for priority in options.rt_priority or [0]:
            if not options.disturb:
                compare_loops(rate, options.seconds, priority, alone=options.alone)
            for name in DISTURBANCES if _ALL in options.disturb else options.disturb:
                disturb(name, rate, options.seconds, priority)


def compare_loops(rate: float, seconds: float, rt_priority: int, *, alone: bool) -> None:
    """Measure the actor's loop, and beside the same learner the others."""
    with tempfile.TemporaryDirectory(prefix='bench-') as directory:
        place = Path(directory)
        with BusyRun(rate=rate, seconds=seconds, directory=place, rt_priority=rt_priority) as run:
            stolen = CpuSteal()
            with StolenLog() as log:
                record = run.record(timeout=3 * seconds + 60.0)
            figures = {'rt_priority': rt_priority, **sum_up(record)}
            parts = {'calm': sum_up_calm(record, log), 'unbroken': sum_up_unbroken(record)}
            report('actor', rate, stolen, {**figures, **parts})
            if alone:
                return
            act = _policy_alone()
            for name, loop in _LOOPS.items():
                stolen.take()
                report(name, rate, stolen, loop(act, rate=rate, seconds=seconds).summary())


def disturb(name: str, rate: float, seconds: float, rt_priority: int) -> None:
    """Measure the actor's loop for a while, and for as long again with something going wrong."""
    with tempfile.TemporaryDirectory(prefix='bench-') as directory:
        try:
            with DISTURBANCES[name](Path(directory)) as disturbance:
                place = disturbance.directory
                with BusyRun(
                    rate=rate, seconds=2 * seconds, directory=place, rt_priority=rt_priority
                ) as run:
                    stolen = CpuSteal()
                    with StolenLog() as log:
                        run.wait(seconds - _TO_SETTLE)
                        stolen_before = stolen.take()
                        begun_ns, ended_ns = disturbance.run(run, seconds)
                        stolen_then = stolen.take()
                        record = run.record(timeout=3 * seconds + 60.0)
        except DisturbanceUnavailableError as reason:
            print(json.dumps({'loop': 'actor', 'disturbance': name, 'skipped': str(reason)}))
            return
    phases = {'none': (0, begun_ns, stolen_before), name: (begun_ns, ended_ns, stolen_then)}
    for phase, (start_ns, end_ns, share) in phases.items():
        part = cut(record, start_ns, end_ns)
        conditions = {'rt_priority': rt_priority, 'disturbance': phase}
        figures = {**conditions, **sum_up(part), 'calm': sum_up_calm(part, log)}
        report('actor', rate, share, figures)
    parts = [cut(record, start_ns, end_ns) for start_ns, end_ns, _ in phases.values()]
    conditions = {'rt_priority': rt_priority, 'disturbance': f'{name} to none'}
    changes = compare(*(samples(part) for part in parts))
    calm = compare(*(samples(calm_part(part, log)) for part in parts))
    report('actor', rate, max(stolen_before, stolen_then), {**conditions, **changes, 'calm': calm})


def report(loop: str, rate: float, stolen: CpuSteal | float, figures: dict[str, Any]) -> None:
    """Print one result."""
    share = stolen.take() if isinstance(stolen, CpuSteal) else stolen
    print(
        json.dumps(
            {
                'loop': loop,
                'rate': rate,
                'cpus': len(os.sched_getaffinity(0)),
                **figures,
                'stolen_percent': round(100 * share, 1),
            }
        ),
        flush=True,
    )


def _policy_alone() -> Any:
    """Return what a tick of the other loops does: the policy of a HalfCheetah, on zeros."""
    shape = PolicyArchitecture(
        observation_dim=17,
        action_dim=6,
        hidden_dims=(256, 256),
        activation='relu',
        layer_norm=False,
        log_std_min=-20.0,
        log_std_max=2.0,
    )
    tensors = {name: np.zeros(dims, np.float32) for name, dims in shape.tensor_shapes().items()}
    policy = Policy(
        PolicyWeights(shape, tensors, version=1, learner_steps=0, env_steps=0, env_id='')
    )
    observation = np.zeros(17, np.float32)
    return lambda: policy.act(observation)


if __name__ == '__main__':
    main()
