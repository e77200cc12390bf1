# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How a run is doing, in words: what it waits for, what troubles it, why it ended."""

from __future__ import annotations

import math

from sac_core.states import ExitReason
from sac_monitor.reports import ActorReport, LearnerReport
from sac_monitor.run_state import RunState, SILENT_AFTER

# Reasons for which a learner ends when it is told to.
_ORDERLY = ('', ExitReason.SIGINT, ExitReason.SIGTERM, ExitReason.FINISHED)


def waiting(state: RunState) -> str:
    """Return what the run waits for before it can start; empty once a robot has moved."""
    if state.spec is None:
        return 'waiting for a robot (no env_spec yet)'
    actors = state.actors()
    if not actors:
        return 'waiting for an actor (no actor/status yet)'
    if state.env_steps or not all(report.waiting_for for report in actors):
        return ''
    waiters: dict[str, list[str]] = {}
    for report in state.newest_reports():
        if report.waiting_for:
            waiters.setdefault(report.waiting_for, []).append(short_name(report))
    return ', '.join(
        f'{" and ".join(names)} {"wait" if len(names) > 1 else "waits"} for {cause}'
        for cause, names in waiters.items()
    )


def warnings_of(state: RunState) -> list[str]:
    """Return what is missing while the run continues: silent, waiting, stopped or absent nodes."""
    found = []
    if rival := duplicate_nodes(state):
        found.append(rival)
    for report in state.newest_reports():
        silence = state.silence(report)
        if SILENT_AFTER < silence < math.inf and not report.final:
            found.append(f'{short_name(report)} silent for {silence:.0f} s')
        elif report.waiting_for:
            found.append(f'{short_name(report)} waits for {report.waiting_for}')
        elif isinstance(report, ActorReport) and report.stop_reason:
            found.append(f'{short_name(report)} still: {report.stop_reason}')
    missing = state.actors_expected - len(state.actors())
    if missing > 0:
        found.append(f'{missing} of {state.actors_expected} actors missing')
    return found


def advice(state: RunState) -> list[str]:
    """Return what would make the run better; unlike a trouble, it stays."""
    return [state.utd_shortfall.line] if state.utd_shortfall.line else []


def duplicate_nodes(state: RunState) -> str:
    """Return which processes are there twice; empty where none is."""
    names = [f'two nodes {name}' for name in state.starts.clashes()]
    return f'{" and ".join(names)} speak at the same time' if names else ''


def awaited(state: RunState) -> list[str]:
    """Name the nodes that are still heard and have not sent their last status."""
    return [
        short_name(report)
        for report in state.unfinished()
        if state.silence(report) <= SILENT_AFTER
    ]


def exit_reason(state: RunState) -> str:
    """Say why the run ended: the learner's failure, or the reason of the actors."""
    missing = [short_name(report) for report in state.unfinished()]
    if missing:
        return f'interrupted, no last status from {", ".join(missing)}'
    reasons = dict.fromkeys(r.exit_reason for r in state.actors() if r.exit_reason)
    learner = state.learner
    if learner and learner.final and learner.exit_reason not in _ORDERLY:
        reasons = {f'learner: {learner.exit_reason}': None}
    return ', '.join(reasons) or 'interrupted'


def restarts(state: RunState) -> dict[str, int]:
    """Count the starts of each process after its first, those of resumed runs included."""
    counts = {shortened(name): count for name, count in state.starts.restarts().items()}
    # Bridges have no names: those of several actors cannot be told apart.
    if 'bridge' in counts:
        counts['bridge'] = max(0, counts['bridge'] + 1 - state.actors_expected)
    return counts


def short_name(report: ActorReport | LearnerReport) -> str:
    """Name a node as a reader would."""
    return shortened(report.actor) if isinstance(report, ActorReport) else 'learner'


def shortened(node: str) -> str:
    """Shorten '/actor_2/actor' to 'actor_2' and '/actor' to 'actor'."""
    namespace, _, name = node.rpartition('/')
    nearest = namespace.rpartition('/')[2]
    return nearest if name and nearest.startswith(name) else name or 'actor'
