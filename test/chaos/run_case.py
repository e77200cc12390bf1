# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a case in a process of its own: the middleware looks at the network devices only once."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
import multiprocessing
import os
from pathlib import Path
import signal
import sys
import time
import traceback
from typing import Any

from sac_core.child_process import end_with

from chaos.case import CaseSkippedError
from chaos.cases import CASES


def run_case(name: str, place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    """Run a case and return its figures, with 'failure' or 'skipped' where it is so.

    :param place: an empty directory of its own
    """
    spawn = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(
        1, spawn, initializer=_end_with_starter, initargs=(os.getpid(),)
    ) as pool:
        return pool.submit(_run, name, place, seed, quick).result()


def _end_with_starter(starter: int) -> None:
    """Let this process end its case in order when its starter is gone, however that ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    end_with(starter)


def _run(name: str, place: Path, seed: int, quick: bool) -> dict[str, Any]:
    begun = time.monotonic()
    result: dict[str, Any] = {'chaos': name}
    try:
        result |= CASES[name](place, seed=seed, quick=quick)
    except CaseSkippedError as reason:
        result['skipped'] = str(reason)
    except Exception as error:  # noqa: BLE001  the other cases are still worth running
        traceback.print_exc()
        result['failure'] = f'{type(error).__name__}: {error}'
    except SystemExit as end:  # all that the case had started is gone; the pool would wait on
        os._exit(int(end.code or 0))
    result['seconds'] = round(time.monotonic() - begun, 1)
    return result
