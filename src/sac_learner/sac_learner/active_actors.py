# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actors that a learner's end waits for: those that speak, and have not said their last."""

from __future__ import annotations

import time

_MOST = 1000  # sessions
SILENT_AFTER = 3.0  # [s] of silence after which an actor is no longer waited for


class ActiveActors:
    """When each actor's session was heard last."""

    def __init__(self) -> None:
        self._heard: dict[int, float] = {}  # [s]

    def speaks(self, session: int) -> None:
        """Note that an actor is there and has more to send."""
        self._heard[session] = time.monotonic()
        if len(self._heard) > _MOST:
            del self._heard[min(self._heard, key=self._heard.__getitem__)]

    def sends(self, session: int) -> None:
        """Note that transitions came, which may be those of an actor that has ended."""
        if session in self._heard:
            self._heard[session] = time.monotonic()

    def has_finished(self, session: int) -> None:
        """Note that an actor has said its last word."""
        self._heard.pop(session, None)

    def __len__(self) -> int:
        return len(self._heard)

    @property
    def is_any_left(self) -> bool:
        """Whether one is there that has not fallen silent."""
        heard_after = time.monotonic() - SILENT_AFTER
        return any(heard > heard_after for heard in self._heard.values())
