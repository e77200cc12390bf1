# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Remembers what a finished step was made from, in a file that exists only while it is whole."""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
import os
from pathlib import Path


def fingerprint(*facts: object, files: Iterable[Path] = ()) -> str:
    """:return: a hash of the facts' texts and of the names and contents of the files"""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(f'{fact}\0'.encode())
    for path in sorted(files):
        digest.update(f'{path}\0'.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read(path: Path) -> str | None:
    """:return: what the stamp says, None if the step never finished"""
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def write(path: Path, text: str) -> None:
    """Write the stamp whole or not at all."""
    draft = path.with_name(path.name + '.draft')
    draft.write_text(text)
    os.replace(draft, path)
