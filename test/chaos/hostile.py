# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Malformed and hostile messages on every topic of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fuzzed_run import fuzz as fuzz_run


def fuzz(place: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    """Feed 10,000 messages to each topic: no process may end, and only the truth be stored."""
    found = fuzz_run(place / 'run', 150 if quick else 10_000, seed=seed)
    result = {name: found[name] for name in ('produced', 'stored', 'lost', 'bad_stored')}
    result['hostile_messages'] = found['sent']
    result['refused'] = sum(sum(topics.values()) for topics in found['refused'].values())
    if found['processes_down']:
        result['failure'] = f'ended: {", ".join(found["processes_down"])}'
    elif found['lost'] or found['bad_stored']:
        result['failure'] = 'transitions are missing or bad'
    return result
