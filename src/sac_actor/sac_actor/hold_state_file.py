# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Remembers that the robot is held, so that a killed actor's successor does not release it."""

from __future__ import annotations

from pathlib import Path


class HoldStateFile:
    """A file that is there while an operator or an emergency stop holds the robot.

    :param directory: of the actor's state; None: nothing is remembered
    """

    def __init__(self, directory: Path | None) -> None:
        self._path = None if directory is None else directory / 'held'

    def load(self) -> bool:
        """Return whether an earlier actor was killed while the robot was held."""
        return self._path is not None and self._path.exists()

    def save(self, held: bool) -> None:
        """Remember whether it is held now.

        :raises OSError: where that cannot be written
        """
        if self._path is None:
            return
        if held:
            self._path.touch()
        else:
            self._path.unlink(missing_ok=True)
