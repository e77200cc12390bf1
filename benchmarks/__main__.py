# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks one after the other: `make bench`.

Each result is printed as a JSON line and kept in build/bench/, from where `--docs` writes the
tables and the picture of docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
import subprocess
import sys

import documents
from options import parse
from sac_core.child_process import bound_to_this_process

BENCHMARKS = Path(__file__).resolve().parent
RESULTS = BENCHMARKS.parent / 'build' / 'bench'
NAMES = ('learner', 'inference', 'replay', 'growth', 'beside_robot', 'contention')
# A whole robot takes half a minute to start and to be observed.
QUICK = tuple(name for name in NAMES if name != 'beside_robot')
# As the processes of a robot have it: a second thread for small matrices costs more than it gives.
ENVIRONMENT = {'OPENBLAS_NUM_THREADS': '1'}


def main() -> int:
    """:return: how many of the benchmarks failed"""
    parser = argparse.ArgumentParser(prog='make bench ARGS=...', description=__doc__)
    parser.add_argument('--only', choices=NAMES, action='append', help='default: all')
    parser.add_argument('--docs', action='store_true', help='write docs/performance.md anew')
    options = parse(parser)
    if options.quick and options.docs:
        parser.error('--docs wants whole measurements, not --quick ones')
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in options.only or (QUICK if options.quick else NAMES):
        command = [sys.executable, str(BENCHMARKS / f'bench_{name}.py')]
        process = subprocess.Popen(
            [*command, '--quick'] if options.quick else command,
            env={**os.environ, **ENVIRONMENT},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=bound_to_this_process(),
        )
        assert process.stdout is not None
        lines = []
        try:
            for line in process.stdout:
                print(line, end='', flush=True)
                lines.append(line)
        except BaseException:  # an interruption: it ends what it has started
            process.terminate()
            process.wait()
            raise
        if process.wait():
            print(f'bench: {name} failed', file=sys.stderr)
            failed += 1
        elif not options.quick:
            cpus = len(os.sched_getaffinity(0))
            (RESULTS / f'{name}_{cpus}.jsonl').write_text(''.join(lines))
    if options.docs:
        documents.write(RESULTS, BENCHMARKS.parent / 'docs')
    return failed


if __name__ == '__main__':
    sys.exit(main())
