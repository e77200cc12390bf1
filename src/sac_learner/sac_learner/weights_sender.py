# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Sends policies in pieces, on a thread of its own: training waits for no network.

Each version goes out as a whole before the next begins; one that is overtaken by a newer one
before its turn is left out. Over a network the pieces are spread over time, and a version may
arrive before the next one pushes its lost pieces out of the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
import threading
import time
import traceback
from typing import Generic, TypeVar

from sac_core.weights import NotFiniteError, PolicyWeights
from sac_learner.finiteness import DIVERGED

# 19 KB in pieces of 1.2 KB, then a pause: 75 Mbit/s at most, and no receiver's buffer overflows.
_BURST = 16  # pieces
_PAUSE = 0.002  # [s]
_LOOK = 0.01  # [s] between two looks whether a version has arrived
_FIRST_REMINDER = 0.08  # [s], above the round trip of a slow network
_REMINDER_GROWTH = 1.5
_LONGEST_REMINDER = 3.0  # [s]
_FIRST_PATIENCE = 0.5  # [s] for which a version holds up the next; doubled where that is too short
_LONGEST_PATIENCE = 8.0  # [s]

Message = TypeVar('Message')


class WeightsSender(Generic[Message]):
    """A mailbox with a thread: the newest policy goes out, piece by piece.

    :param encode: makes the messages of a policy
    :param publish: sends one
    :param is_delivered: says whether every listener has all that was published; must not wait
    :param gently: as is good for a network; else all at once
    """

    def __init__(
        self,
        encode: Callable[[PolicyWeights], Sequence[Message]],
        publish: Callable[[Message], None],
        is_delivered: Callable[[], bool],
        *,
        gently: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._encode = encode
        self._publish = publish
        self._is_delivered = is_delivered
        self._gently = gently
        self._clock = clock
        self._changed = threading.Condition()
        self._next: PolicyWeights | None = None
        self._closed = False
        self._patience = _FIRST_PATIENCE
        self.failure = ''  # why nothing is sent any more; empty while all is well
        self._thread = threading.Thread(target=self._guarded_run, name='weights', daemon=True)
        self._thread.start()

    def send(self, weights: PolicyWeights) -> None:
        """Hand over a policy; returns at once."""
        with self._changed:
            self._next = weights
            self._changed.notify()

    def close(self) -> None:
        """Send what was handed over last, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _guarded_run(self) -> None:
        try:
            self._run()
        except NotFiniteError as error:
            self.failure = f'{DIVERGED}{error}'
        except Exception as error:  # noqa: BLE001  a learner that cannot publish must say so and end
            traceback.print_exc()
            self.failure = f'policies cannot be sent: {error!r}'

    def _run(self) -> None:
        while (weights := self._take()) is not None:
            messages = self._encode(weights)
            for number, message in enumerate(messages, 1):
                self._publish(message)
                if self._gently and number % _BURST == 0:
                    time.sleep(_PAUSE)
            self._see_delivered(messages)

    def _take(self) -> PolicyWeights | None:
        """Wait for the next policy; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None or self._closed)
            weights, self._next = self._next, None
            return weights

    def _see_delivered(self, messages: Sequence[Message]) -> None:
        """Wait until a version has arrived, unless the next one waits too long for that.

        A piece that was lost is asked for when the next one arrives, and behind the last there
        is none. So the first ones are published again, now and then: they say what else there is.
        """
        began = self._clock()
        next_reminder, gap = began + _FIRST_REMINDER, _FIRST_REMINDER
        reminders = cycle(messages)
        while not self._is_delivered():
            now = self._clock()
            if self._is_overdue(now - began):
                return
            if now >= next_reminder:
                self._publish(next(reminders))
                gap = min(gap * _REMINDER_GROWTH, _LONGEST_REMINDER)
                next_reminder = now + gap
            with self._changed:
                self._changed.wait(_LOOK)
        self._patience = _FIRST_PATIENCE

    def _is_overdue(self, waited: float) -> bool:
        if self._closed:
            return True
        if self._next is None:
            return False
        if self._gently and waited < self._patience:
            return False
        self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        return True
