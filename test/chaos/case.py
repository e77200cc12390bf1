# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a case is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class CaseSkippedError(Exception):
    """The machine does not allow the case; the text says why."""


class Case(Protocol):
    """One case.

    :param place: an empty directory of its own
    :param quick: a few seconds of it, as in the tests
    :return: what is printed
    :raises AssertionError: where something went otherwise than it must
    :raises CaseSkippedError: where the machine does not allow it
    """

    def __call__(self, place: Path, *, seed: int, quick: bool) -> dict[str, Any]: ...
