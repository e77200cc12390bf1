# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What watching a run costs it: the loop and a fully loaded learner, without and with all of it.

One run of real processes, in which parts of equal length alternate: nobody watches, then monitor
(records, TensorBoard, learning curve), recorder (`record:=true`), dashboard with an open page and
a listener to the topics that rqt shows. Prints one JSON object for each part, and last the ratio
of each figure, with to without, beside its spread without.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import re
import subprocess
import sys
import tempfile
import time
from typing import Any

from loops.busy_run import BusyRun
from loops.comparison import compare, compare_rates
from loops.processor_time import ProcessorShares
from loops.record_parts import calm_part, cut, Record, samples, sum_up, sum_up_calm
from loops.stolen_log import StolenLog
import numpy as np
from options import emit, parse, processors
from sac_actor.cpu_steal import CpuSteal
from sac_core.child_process import bound_to_this_process

_RATE = 50.0  # Hz
_STACK = ('recorder', 'monitor', 'dashboard')
_WORKERS = ('actor', 'learner', 'sim_bridge')
_VIEWER = Path(__file__).parent / 'loops' / 'viewer_process.py'
_TO_BEGIN = 90.0  # s, longest time until all are watching
_TO_SETTLE = 3.0  # s, after processes came or went
_LINK = re.compile(r'the run in a browser: (\S+)')


@dataclass
class Part:
    """A part of the run: when it was [ns, monotonic], and what was seen of it from outside."""

    is_watched: bool
    start_ns: int
    end_ns: int
    stolen_percent: float
    processor_percent: Mapping[str, float]
    seen: Mapping[str, int] = field(default_factory=dict)


def main() -> None:
    """Run the parts, then sum them up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, help='of each part; default: 60')
    parser.add_argument('--rounds', type=int, help='parts of each kind; default: 5')
    parser.add_argument('--rt-priority', type=int, default=0, help="of the loop, see the actor's")
    options = parse(parser)
    seconds = options.seconds or (8.0 if options.quick else 60.0)
    rounds = options.rounds or (2 if options.quick else 5)
    longest = 2 * rounds * (seconds + _TO_SETTLE) + rounds * _TO_BEGIN
    with tempfile.TemporaryDirectory(prefix='bench-') as directory:
        arguments = {'record': 'true', 'dashboard': 'true', 'dashboard_port': '0'}
        with BusyRun(
            rate=_RATE,
            seconds=longest,
            directory=Path(directory),
            rt_priority=options.rt_priority,
            arguments=arguments,
            later=_STACK,
        ) as run:
            parts = []
            with StolenLog() as log:
                for _ in range(rounds):
                    parts.append(observe(run, seconds, _WORKERS))
                    with watched(run) as viewer:
                        parts.append(observe(run, seconds, (*_WORKERS, *_STACK), viewer))
                    parts[-1].seen = what_was_seen(viewer, run.run_dir)
            record = run.record_so_far()
    for number, part in enumerate(parts):
        report(part, record, log, number=number)
    report_change(parts, record, log)


def observe(
    run: BusyRun,
    seconds: float,
    names: tuple[str, ...],
    viewer: subprocess.Popen[str] | None = None,
) -> Part:
    """Let the run go on for a part."""
    run.wait(_TO_SETTLE)
    pids = {name: run.pid(name) for name in names}
    if viewer is not None:
        pids['viewer'] = viewer.pid
    shares, stolen, start_ns = ProcessorShares(pids), CpuSteal(), time.monotonic_ns()
    run.wait(seconds)
    end_ns = time.monotonic_ns()
    for name in names:
        run.pid(name)  # raises where it has ended
    return Part(
        viewer is not None, start_ns, end_ns, round(100 * stolen.take(), 1), shares.percent()
    )


@contextmanager
def watched(run: BusyRun) -> Iterator[subprocess.Popen[str]]:
    """Start all that watches a run, wait until it does, and end it.

    :return: the process that looks at the page and listens to topics
    """
    links = len(_LINK.findall(run.output()))
    for name in _STACK:
        run.start(name)
    run.await_that(
        lambda: len(_LINK.findall(run.output())) > links, 'the page is served', _TO_BEGIN
    )
    link = _LINK.findall(run.output())[-1]
    viewer = subprocess.Popen(
        [sys.executable, str(_VIEWER), link],
        env=run.environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=bound_to_this_process(),
    )
    try:
        assert viewer.stdout is not None
        os.set_blocking(viewer.stdout.fileno(), False)
        run.await_that(lambda: bool(viewer.stdout.readline()), 'the page is read', _TO_BEGIN)
        yield viewer
    finally:
        os.set_blocking(viewer.stdout.fileno(), True)
        viewer.terminate()
        viewer.wait()
        for name in _STACK:
            run.end(name)


def what_was_seen(viewer: subprocess.Popen[str], run_dir: Path) -> dict[str, int]:
    """Return what the watchers had of the run so far: none of it may be nothing."""
    assert viewer.stdout is not None
    seen: dict[str, int] = json.loads(viewer.stdout.read().splitlines()[-1])
    for name, pattern in (
        ('metrics_bytes', 'metrics.jsonl'),
        ('tensorboard_bytes', 'events.out.tfevents.*'),
        ('recording_bytes', 'recording/*.mcap'),
    ):
        seen[name] = sum(path.stat().st_size for path in run_dir.glob(pattern))
    if missing := [name for name, amount in seen.items() if not amount]:
        raise RuntimeError(f'not all was watched: no {", ".join(missing)}')
    return seen


def report(part: Part, record: Record, log: StolenLog, **more: object) -> None:
    """Print a part's figures."""
    ticks = cut(record, part.start_ns, part.end_ns)
    emit(
        bench='monitoring',
        watched=part.is_watched,
        **more,
        rate=_RATE,
        **processors(),
        **sum_up(ticks),
        calm=sum_up_calm(ticks, log),
        updates_per_s=round(updates_per_second(record, part.start_ns, part.end_ns), 1),
        processor_percent=part.processor_percent,
        **part.seen,
        stolen_percent=part.stolen_percent,
    )


def report_change(parts: list[Part], record: Record, log: StolenLog) -> None:
    """Print the change of each figure beside its spread."""
    before, during = (
        [part for part in parts if part.is_watched is kind] for kind in (False, True)
    )

    def ticks(kind: list[Part]) -> list[Record]:
        return [cut(record, part.start_ns, part.end_ns) for part in kind]

    def rates(kind: list[Part]) -> list[float]:
        return [updates_per_second(record, part.start_ns, part.end_ns) for part in kind]

    changes: dict[str, Any] = compare(*(joined(ticks(kind)) for kind in (before, during)))
    calm = compare(
        *(joined([calm_part(each, log) for each in ticks(kind)]) for kind in (before, during))
    )
    speed = compare_rates(rates(before), rates(during))
    within = changes.pop('within_spread')
    emit(
        bench='monitoring',
        watched='with to without',
        rounds=len(before),
        seconds=round((before[0].end_ns - before[0].start_ns) * 1e-9, 1),
        rate=_RATE,
        **processors(),
        **changes,
        loop_within_spread=within,
        calm=calm,
        updates_ratio=speed['ratio'],
        updates_spread=speed['spread'],
        learner_within_spread=speed['within_spread'],
        processor_percent={
            name: round(sum(part.processor_percent[name] for part in during) / len(during), 1)
            for name in during[0].processor_percent
        },
        stolen_percent=[
            round(sum(part.stolen_percent for part in kind) / len(kind), 1)
            for kind in (before, during)
        ],
    )


def joined(parts: list[Record]) -> dict[str, np.ndarray]:
    """Put the samples of parts after each other."""
    return {
        name: np.concatenate([samples(part)[name] for part in parts]) for name in samples(parts[0])
    }


def updates_per_second(record: Record, start_ns: int, end_ns: int) -> float:
    """Return the speed of the learner in a part, between its own reports [critic updates / s]."""
    times_ns, counts = record['updates'].T
    first, last = np.interp([start_ns, end_ns], times_ns, counts)
    return float((last - first) / (end_ns - start_ns) * 1e9)


if __name__ == '__main__':
    main()
