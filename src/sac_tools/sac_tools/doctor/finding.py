# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One finding about a machine."""

from __future__ import annotations

from dataclasses import dataclass

OK, NOTE, PROBLEM = 'ok', 'note', 'problem'


@dataclass(frozen=True)
class Finding:
    """What a check found.

    :param status: OK; NOTE: it works, and could do better; PROBLEM: something will not work
    :param advice: what to do about it, empty where nothing need be done
    """

    topic: str
    status: str
    found: str
    advice: str = ''


def judge(topic: str, good: bool, found: str, advice: str, *, otherwise: str = NOTE) -> Finding:
    """Make a finding that has advice only where it is not good."""
    return Finding(topic, OK if good else otherwise, found, '' if good else advice)
