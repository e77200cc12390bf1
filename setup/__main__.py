# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Prepares this checkout: machine, Python environment, workspace, native code, each if it must."""

from __future__ import annotations

import os
from pathlib import Path
import sys
import time

import environment
import machine
from progress import Progress, StepFailedError, unwind_on_signals
import ros
import workspace

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """:return: exit status: 0 ready, 1 something is missing or failed, 130 interrupted"""
    unwind_on_signals()
    start = time.monotonic()
    progress = Progress(ROOT)
    try:
        use_wheels = (
            ros.choose(os.environ, sys.executable, environment.built_on_wheels(ROOT)) == 'wheels'
        )
        machine.check(use_wheels=use_wheels)
        with progress.exclusive():
            environment.prepare(ROOT, progress, use_wheels=use_wheels)
            workspace.build(ROOT, progress)
            workspace.build_native(ROOT, progress)
    except (machine.NotReadyError, ros.WrongRosError, StepFailedError, OSError) as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('\nsetup: interrupted; the next run continues from here', file=sys.stderr)
        return 130
    if progress.steps_done:
        print(f'setup: ready after {time.monotonic() - start:.0f} s', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
