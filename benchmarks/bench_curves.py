# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Learning curves of presets over seeds, through the real nodes: `make curves`.

Each run stays in build/curves/ and goes on there when this is called again. A preset named sb3
stands for Stable-Baselines3's SAC under the same evaluation.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from learning import through_nodes
from learning.curve import BASELINE, Curve, EPISODES_EACH, parameters_of
from learning.curves_picture import draw
from options import emit, parse
from sac_core.child_process import bound_to_this_process
from sac_core.ros.testing import claim_domain_id, release_domain_id
from sac_monitor.run_directory import EPISODES

BENCHMARKS = Path(__file__).resolve().parent
RESULTS = BENCHMARKS.parent / 'build' / 'curves'
PEERS = BENCHMARKS.parent / '.venv-bench/bin/python'


def main() -> int:
    """:return: how many of the runs failed, 130 after Ctrl-C"""
    parser = argparse.ArgumentParser(prog='make curves', description=__doc__)
    parser.add_argument(
        '--env', default='HalfCheetah-v5', help='Gymnasium environment, or franka/TASK'
    )
    parser.add_argument('--steps', type=int, default=20_000, help='environment steps of each run')
    parser.add_argument('--seeds', default='0,1,2', help='seeds, separated by commas')
    parser.add_argument('--presets', default='default', help=f'names, or {BASELINE}, by commas')
    parser.add_argument(
        '--vary',
        type=_variation,
        action='append',
        default=[''],
        metavar='WORDS',
        help="one more curve of each preset, with parameters of one's own: 'learner.n_step=3'",
    )
    parser.add_argument('--period', type=int, default=5_000, help='steps between two points')
    parser.add_argument('--rate', type=float, default=0.0, help='control rate; 0: lockstep')
    parser.add_argument('--jobs', type=int, default=1, help='runs side by side')
    options = parse(parser)
    curves = [
        Curve(
            env_id=options.env,
            preset=preset,
            variation=variation,
            seed=int(seed),
            control_rate=0.0 if preset == BASELINE else options.rate,
            steps=options.steps,
            period=options.period,
            directory=RESULTS,
        )
        for preset in options.presets.split(',')
        for variation in (options.vary if preset != BASELINE else [''])
        for seed in options.seeds.split(',')
    ]
    try:
        failed = _make([curve for curve in curves if not curve.is_complete], options.jobs)
    except KeyboardInterrupt:
        _say('interrupted; the same command continues from here')
        return 130
    points = [point for curve in curves for point in curve.points()]
    for point in points:
        emit(**point)
    if points:
        path = RESULTS / f'{options.env.replace("/", "_")}.png'
        draw(points, options.period, path)
        _say(f'drawn in {path}')
    return failed


def _variation(words: str) -> str:
    """:raises argparse.ArgumentTypeError: where it is none"""
    try:
        parameters_of(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return words


def _make(curves: list[Curve], jobs: int) -> int:
    """Make curves, some at a time, and say how many failed."""
    # With one at a time the learner leaves cores to the robot by its own rule.
    threads = max(1, len(os.sched_getaffinity(0)) // jobs - 1) if jobs > 1 else 0
    waiting, failed = list(curves), 0
    with _running() as running:
        while waiting or running:
            while waiting and len(running) < jobs:
                curve = waiting.pop(0)
                _say(f'{curve.label}, seed {curve.seed}')
                domain_id = claim_domain_id()
                running[curve] = (_start(curve, domain_id, threads), domain_id)
            time.sleep(0.2)
            for curve, (process, domain_id) in list(running.items()):
                if process.poll() is None:
                    continue
                del running[curve]
                release_domain_id(domain_id)
                if process.returncode or not curve.is_complete:
                    reason = curve.last_words()
                    print(
                        f'curves: {curve.label}, seed {curve.seed} failed: {reason}',
                        file=sys.stderr,
                    )
                    failed += 1
    return failed


@contextmanager
def _running() -> Iterator[dict[Curve, tuple[subprocess.Popen[bytes], int]]]:
    """Hold what runs; an interruption ends each run in order, so that it can go on later."""
    running: dict[Curve, tuple[subprocess.Popen[bytes], int]] = {}
    try:
        yield running
    finally:
        for process, _ in running.values():
            process.send_signal(signal.SIGINT)
        for process, domain_id in running.values():
            process.wait()
            release_domain_id(domain_id)


def _start(curve: Curve, domain_id: int, threads: int) -> subprocess.Popen[bytes]:
    if curve.preset != BASELINE:
        return through_nodes.start(curve, domain_id=domain_id, threads=threads)
    output = curve.run_dir / EPISODES
    output.parent.mkdir(parents=True, exist_ok=True)
    words = {
        '--env': curve.env_id,
        '--seed': curve.seed,
        '--steps': curve.steps,
        '--period': curve.period,
        '--episodes': EPISODES_EACH,
        '--threads': threads,
        '--output': output,
    }
    command = [PEERS, BENCHMARKS / 'learning/sb3_baseline.py']
    with curve.log.open('ab') as log:
        return subprocess.Popen(
            [*command, *(str(word) for pair in words.items() for word in pair)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )


def _say(text: str) -> None:
    print(f'curves: {text}', file=sys.stderr, flush=True)


if __name__ == '__main__':
    sys.exit(main())
