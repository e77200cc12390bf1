# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Tells news from an old message that is sent again: by the stamps of its source alone."""

from __future__ import annotations


class Stamps:
    """The stamps of one source, in the order in which they arrive."""

    def __init__(self) -> None:
        self._before: int | None = None

    def is_news(self, stamp: int) -> bool:
        """Return whether a message is news, by its stamp and that of the message before it.

        The clock of the source need not agree with ours, and may be set back: that costs one
        message. A source that never stamps is believed.

        :param stamp: [ns], 0 where the source does not stamp
        :return: False for the first stamp, which may be an old one
        :raises ValueError: where the stamp is not later than the one before it
        """
        before, self._before = self._before, stamp or self._before
        if before is None:
            return stamp == 0
        if stamp <= before:
            raise ValueError(
                f'stamp {stamp * 1e-9:.3f} s must be later than the one before it,'
                f' {before * 1e-9:.3f} s: an old message is repeated'
            )
        return True
