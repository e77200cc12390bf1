# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of figures over a run of any length, in bounded memory: the latest, and all thinned out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
import math
from typing import Any

Row = list[float | None]

_RULES: dict[str, Callable[[list[float]], float]] = {
    'mean': lambda values: math.fsum(values) / len(values),
    'max': max,  # a single late tick must not be averaged away
    'last': lambda values: values[-1],  # counts, and where the row stands
}


class History:
    """Figures by name, appended as rows.

    :param columns: name of each figure, and how several rows become one: mean, max or last
    :param recent: latest rows that are kept as they came
    :param thinned: rows that stand for the whole run; always between half as many and all
    """

    def __init__(
        self, columns: Mapping[str, str], *, recent: int = 600, thinned: int = 1000
    ) -> None:
        self.columns = list(columns)
        self.count = 0  # of all rows ever appended
        self._rules = [_RULES[rule] for rule in columns.values()]
        self._renewed = -1  # rows that there were when a column was added
        self._recent: deque[Row] = deque(maxlen=recent)
        self._thinned: list[Row] = []
        self._capacity = thinned - thinned % 2
        self._stride = 1  # rows that one of the thinned stands for
        self._pending: list[Row] = []  # not enough yet for one more of them

    def add_column(self, name: str, rule: str) -> None:
        """Add a figure, unknown in all rows so far; a reader has to begin anew with the next."""
        self.columns.append(name)
        self._rules.append(_RULES[rule])
        rows = {id(row): row for row in (*self._recent, *self._thinned, *self._pending)}
        for row in rows.values():  # one may be in several of them
            row.append(None)
        self._renewed = self.count

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a row; a figure that is missing or not finite is unknown."""
        row = [_figure(record.get(name)) for name in self.columns]
        self.count += 1
        self._recent.append(row)
        self._pending.append(row)
        if len(self._pending) == self._stride:
            self._thinned.append(self._merge(self._pending))
            self._pending = []
        if len(self._thinned) == self._capacity:
            halves = zip(self._thinned[::2], self._thinned[1::2], strict=True)
            self._thinned = [self._merge(pair) for pair in halves]
            self._stride *= 2

    def snapshot(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        rest = [self._merge(self._pending)] if self._pending else []
        return {
            'columns': list(self.columns),
            'thinned': [*self._thinned, *rest],
            'recent': list(self._recent),
        }

    def since(self, count: int) -> list[Row] | None:
        """Return the rows that came after the first `count`.

        None where they are not kept, or have another column.
        """
        new = self.count - count
        if not 0 <= new <= len(self._recent) or count <= self._renewed:
            return None
        return list(islice(self._recent, len(self._recent) - new, None))

    def _merge(self, rows: Sequence[Row]) -> Row:
        if len(rows) == 1:
            return rows[0]
        merged: Row = []
        for rule, *values in zip(self._rules, *rows, strict=True):
            known = [value for value in values if value is not None]
            merged.append(_figure(rule(known)) if known else None)
        return merged


def _figure(value: Any) -> float | None:
    """Shorten a number to what a chart can show; None where it is none."""
    if isinstance(value, int):  # a step or a count: exact
        return value
    if not isinstance(value, float) or not math.isfinite(value):
        return None
    return float(f'{value:.6g}')
