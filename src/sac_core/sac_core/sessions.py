# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The number that tells one start of a node from the next."""

from __future__ import annotations

import secrets

# Integers up to here are exact as float64, which is all that many plotting tools have. PlotJuggler
# refuses a whole recording for one number beyond.
LARGEST_SESSION = 2**53


def new_session() -> int:
    """:return: random, in [1, 2**53]"""
    return secrets.randbelow(LARGEST_SESSION) + 1
