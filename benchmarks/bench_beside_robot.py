# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner beside a robot at 50 Hz: real processes, against its own speed alone.

A learner that is ahead of its robot waits for it, and its speed says nothing. So the ratio of
updates is one that the machine cannot hold; how far the default ratio is held is a second result.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import signal
from statistics import median
import subprocess
import sys
import tempfile
import time
from typing import Any

from options import emit, parse, processors
from sac_core.child_process import bound_to_this_process
from sac_core.ros.testing import child_environment, claim_domain_id
from turns import contestants, prepare, take_turns

CONTROL_RATE = 50.0  # Hz
RATIOS = (8, 20, 40, 80)
Metrics = dict[str, Any]  # a line of a run's metrics.jsonl


@contextmanager
def robot(environment: dict[str, str], *words: str) -> Iterator[Callable[[], list[Metrics]]]:
    """Run bridge, actor, learner and monitor.

    :return: gives the run's metrics up to now, a line a second
    """
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as output:
        run_dir = Path(directory) / 'run'
        command = [sys.executable, '-m', 'sac_bringup.runner', 'train', *words]
        runner = subprocess.Popen(
            [*command, f'control_rate:={CONTROL_RATE:g}', f'run_dir:={run_dir}'],
            env=environment,
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )

        def metrics() -> list[Metrics]:
            if runner.poll() is not None:
                output.seek(0)
                sys.exit(f'the run ended with {runner.returncode}:\n{output.read().decode()}')
            path = run_dir / 'metrics.jsonl'
            lines = path.read_text().splitlines() if path.exists() else []
            return [json.loads(line) for line in lines]

        try:
            yield metrics
        finally:
            runner.send_signal(signal.SIGINT)
            runner.wait(60.0)


def observe(
    metrics: Callable[[], list[Metrics]], begun: Callable[[Metrics], bool], seconds: float
) -> list[Metrics]:
    """:return: the lines of `seconds`, from the first one on for which `begun` holds"""
    deadline = time.monotonic() + 60.0 + seconds
    while time.monotonic() < deadline:
        lines = metrics()
        first = next((line for line in lines if begun(line)), None)
        if first is not None and lines[-1]['time'] - first['time'] >= seconds:
            return lines[lines.index(first) :]
        time.sleep(0.2)
    sys.exit('the run did not come so far within a minute')


def growth(lines: list[Metrics], name: str) -> float:
    """:return: what a counter gained in each second"""
    gained = lines[-1][name] - lines[0][name]
    return float(gained / (lines[-1]['time'] - lines[0]['time']))


def main() -> None:
    """Measure alone, beside the robot and alone again; then the default beside the robot."""
    options = parse(argparse.ArgumentParser(description=__doc__))
    rounds, seconds, window = (1, 1.0, 4.0) if options.quick else (3, 3.0, 30.0)
    environment = child_environment(claim_domain_id())
    with contestants(ours={'module': 'ours'}) as started:
        ratios = iter(RATIOS)
        rate = CONTROL_RATE
        while rate > 0.7 * CONTROL_RATE:
            ratio = next(ratios)
            described = prepare(started, {'utd_ratio': ratio})
            rate = started['ours'].measure(seconds)

        def alone() -> list[float]:
            return take_turns(started, ['ours'], rounds=rounds, seconds=seconds)['ours']

        before = alone()
        with robot(environment, f'utd_ratio:={ratio}', 'max_env_steps:=0') as metrics:
            lines = observe(metrics, lambda line: (line['steps_owed'] or 0) > 50, window)
        after = alone()
    beside, speed = growth(lines, 'learner_steps'), median(before + after)
    emit(
        bench='beside_robot',
        case=f'c2_utd{ratio}_fp32, always behind',
        device=described['ours'],
        **processors(),
        steps_per_s=round(beside, 2),
        alone_steps_per_s=round(speed, 2),
        alone_steps_per_s_range=[round(min(before + after), 2), round(max(before + after), 2)],
        of_alone=round(beside / speed, 3),
        least_owed=min(line['steps_owed'] for line in lines),
        **_loop(lines),
    )
    if options.quick:
        return
    with robot(environment, 'max_env_steps:=0') as metrics:
        lines = observe(metrics, lambda line: (line['learner_steps'] or 0) > 100, window)
    emit(
        bench='beside_robot',
        case='c2_utd8_fp32, the default',
        device=described['ours'],
        **processors(),
        steps_per_s=round(growth(lines, 'learner_steps'), 2),
        utd=round(growth(lines, 'critic_updates') / growth(lines, 'transitions_stored'), 2),
        most_owed=max(line['steps_owed'] for line in lines),
        **_loop(lines),
    )


def _loop(lines: list[Metrics]) -> dict[str, object]:
    """:return: how the control loop fared meanwhile"""
    return {
        'seconds': round(lines[-1]['time'] - lines[0]['time'], 1),
        'ticks': lines[-1]['ticks'] - lines[0]['ticks'],
        'missed_ticks': lines[-1]['overruns'] - lines[0]['overruns'],
        'longest_period_ms': round(1e3 * max(line['period_max'] for line in lines), 1),
    }


if __name__ == '__main__':
    main()
