# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs the learners to compare with into `.venv-bench`, apart from the product's `.venv`."""

from __future__ import annotations

import os
from pathlib import Path
import sys

from environment import environ, install_torch, pip
import packages
from progress import Progress, StepFailedError, unwind_on_signals
import stamp

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / '.venv-bench'
LOCK = ROOT / 'benchmarks' / 'requirements.lock'
NEEDED = 'sbx, stable_baselines3, torch'


def prepare(progress: Progress) -> None:
    """Make the environment unless the one that is there was made from the same lock file.

    :raises StepFailedError: with the reason
    """
    wanted = stamp.fingerprint(VENV, os.path.realpath(sys.executable), sys.version, files=[LOCK])
    if stamp.read(VENV / 'ready') == wanted:
        return
    if VENV.exists():
        with progress.step('delete the unfinished or outdated environment of the benchmarks'):
            progress.run(['rm', '-rf', VENV], environ(ROOT), log='bench_delete')
    with progress.step('SBX and Stable-Baselines3, to compare with, into .venv-bench'):
        progress.run([sys.executable, '-m', 'venv', VENV], environ(ROOT), log='bench_venv')
        chosen = VENV / 'requirements.txt'
        chosen.write_text('\n'.join(packages.select(LOCK, use_wheels=True)) + '\n')
        progress.run([*pip(VENV), '-r', chosen], environ(ROOT), log='bench_packages')
    install_torch(VENV, LOCK, ROOT, progress, cuda=False)
    with progress.step('check that they can be imported'):
        command = [VENV / 'bin/python', '-c', f'import {NEEDED}']
        progress.run(command, environ(ROOT), log='bench_imports')
    stamp.write(VENV / 'ready', wanted)


def main() -> None:
    """Prepare; a failure costs the rows, not the benchmark."""
    unwind_on_signals()
    progress = Progress(ROOT)
    try:
        with progress.exclusive():
            prepare(progress)
    except (StepFailedError, OSError) as error:
        progress.warn(f'no rows for SBX and Stable-Baselines3: {error}')


if __name__ == '__main__':
    main()
