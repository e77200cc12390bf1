# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The contestant's side of a measurement: steps as fast as it can, when it is its turn.

Each line on standard input is a JSON object: `{"case": {...}}` builds what is to be measured,
compiled and warm, and is answered by a line that describes it; `{"seconds": s}` is answered by
steps per second. Between its turns a contestant waits for input and uses no processor time.
"""

from __future__ import annotations

from collections.abc import Callable
import json
import os
import sys
import time
import traceback
from typing import Any

# Before the first measurement, after a step that compiles: lets clocks and caches settle.
WARM_UP_SECONDS = 0.3


def serve(build: Callable[[dict[str, Any]], tuple[Callable[[], None], str]]) -> None:
    """Answer until the input ends.

    :param build: takes the fields of the learner's SacConfig and what else the case says; gives
        one learner step, sampling included, and a description of it
    """
    # Libraries may print; the answers go where nobody else writes.
    in_reply_to = os.fdopen(os.dup(1), 'w', buffering=1)
    os.dup2(2, 1)
    step: Callable[[], None] | None = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if 'case' in order:
                step, answer = build(order['case'])
                step()
                _rate(step, WARM_UP_SECONDS)
            else:
                assert step is not None
                answer = _rate(step, order['seconds'])
        except Exception as error:  # noqa: BLE001  whatever it was, the benchmark continues without it
            traceback.print_exc()
            in_reply_to.write(json.dumps({'error': f'{type(error).__name__}: {error}'}) + '\n')
            continue
        in_reply_to.write(json.dumps({'answer': answer}) + '\n')


def _rate(step: Callable[[], None], seconds: float) -> float:
    start = time.perf_counter()
    step()  # wakes the threads, and counts only where it took the whole turn
    steps, woken = 0, time.perf_counter()
    if woken - start >= seconds:
        return 1 / (woken - start)
    while time.perf_counter() - woken < seconds:
        step()
        steps += 1
    return steps / (time.perf_counter() - woken)
