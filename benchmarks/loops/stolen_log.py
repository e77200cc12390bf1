# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Second by second, how much processor time the host withheld: whether a late tick was the loop's.

A virtual machine whose host takes its processors away for 50 ms runs no loop in time, whatever
the loop does. The calm seconds are those in which the machine was the loop's to use.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

import numpy as np
from sac_actor.cpu_steal import CpuSteal

_WINDOW = 1.0  # [s]
_CALM = 0.005  # largest share of stolen time in a calm second: two clock ticks of 400 on 4 cores


class StolenLog:
    """Looks at the stolen time once a second, in a thread, from entering to leaving."""

    def __init__(self) -> None:
        self._ends_ns: list[int] = []
        self._shares: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> StolenLog:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def is_calm(self, times_ns: np.ndarray) -> np.ndarray:
        """Say for each time whether its second, and those beside it, were calm.

        :param times_ns: monotonic [ns], within the time of the log
        """
        calm = np.array(self._shares) <= _CALM
        # A tick that began at the start of a second was made late in the one before, and what the
        # host took is booked up to a clock tick later.
        beside = calm & np.r_[True, calm[:-1]] & np.r_[calm[1:], True]
        return beside[np.minimum(np.searchsorted(self._ends_ns, times_ns), len(beside) - 1)]

    def _watch(self) -> None:
        stolen = CpuSteal()
        while not self._over.wait(_WINDOW):
            self._shares.append(stolen.take())
            self._ends_ns.append(time.monotonic_ns())
