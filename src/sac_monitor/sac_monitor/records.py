# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's files say: its state as flat JSON objects, null where a number is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
import math
from typing import Any

from sac_core.metric import Metric, Source
from sac_core.metrics import METRICS, rows_of
from sac_monitor.condition import advice, restarts, short_name
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport, Report, value_in
from sac_monitor.run_state import RunState

Record = dict[str, Any]

_TYPES: dict[str, type] = {'int': int, 'float': float, 'str': str, 'bool': bool}
_CHOICES: dict[str, Callable[[list[Any]], Any]] = {'max': max, 'min': min}


def metrics_record(state: RunState, time: float) -> Record:
    """Describe the run at one instant: a line of metrics.jsonl.

    Which metrics, their units and how those of several actors become one: `sac_core.metrics`.
    What an algorithm reports beyond that table follows under its own name.

    :param time: Unix time [s]
    """
    record: Record = {'time': round(time, 3)}
    record |= {row.name: _value(row, state) for row in METRICS.values() if row.recorded}
    record['wall_s'] = round(state.wall_s, 3)
    if state.learner is not None:  # and what the table does not have
        record |= {
            name: value for name, value in state.learner.metrics.items() if name not in METRICS
        }
    return _finite(record)


def _value(row: Metric, state: RunState) -> Any:
    """Give the value of a metric of the run; None where it is unknown."""
    if row.source is Source.RUN:
        return getattr(state, row.field)
    if row.source is not Source.ACTOR:
        return None if state.learner is None else value_in(state.learner, row)
    if row.over_actors == 'sum':
        return state.total(row.name)
    values = [
        value for value in (value_in(each, row) for each in state.active()) if value is not None
    ]
    value = _CHOICES[row.over_actors](values) if values else None
    return None if row.negative_is_unknown and value is not None and value < 0 else value


def episode_record(episode: EpisodeReport, state: RunState, time: float) -> Record:
    """Describe a finished episode: a line of episodes.jsonl.

    `env_steps` counts over all actors, `actor_env_steps` those of this one, over its restarts.
    """
    record: Record = {
        'time': round(time, 3),
        'wall_s': round(state.wall_s, 3),
        'env_steps': state.env_steps_at(episode),
        'actor_env_steps': episode.env_steps,
    }
    record |= {name: value for name, value in asdict(episode).items() if name != 'env_steps'}
    return _finite(record)


def summary_record(
    state: RunState, *, exit_reason: str, parameters: Mapping[str, Mapping[str, Any]], time: float
) -> Record:
    """Sum up the run: the content of summary.json.

    Counts are those of the whole run, over restarts of its processes and resumed runs.
    `transitions_sent` may exceed `transitions_stored` by what is under way during the run.

    :param parameters: those of each node, by its fully qualified name
    """
    spec, evaluation = state.spec, state.evaluations.latest()
    record: Record = {
        'env_id': spec.env_id if spec else None,
        # Each further actor and its bridge count up from the run's seed.
        'seed': min((p['seed'] for p in parameters.values() if 'seed' in p), default=None),
        'exit_reason': exit_reason,
        'time': round(time, 3),
        'wall_s': round(state.wall_s, 3),
        'env_steps': state.env_steps,
        'max_env_steps': state.max_env_steps,
        'episodes': state.episodes,
        'final_return_mean': state.return_mean,
        'eval_episodes': evaluation.episodes if evaluation else 0,
        'eval_return_mean': evaluation.return_mean if evaluation else None,
        'eval_return_std': evaluation.return_std if evaluation else None,
        'eval_success_rate': evaluation.success_rate if evaluation else None,
        'restarts': restarts(state),
        'advice': advice(state),
    }
    record |= {row.name: _value(row, state) for row in METRICS.values() if row.summed_up}
    record['unfinished'] = [short_name(report) for report in state.unfinished()]
    # The sessions and the last status of each in full: a resumed monitor starts from them.
    record['sessions'] = state.starts.sessions
    record['learner'] = status_record(state.learner) if state.learner else None
    record['actor_sessions'] = [status_record(report) for report in state.sessions.values()]
    return _finite(record)


def status_record(report: ActorReport | LearnerReport) -> Record:
    """Describe a status: its fields, and its metrics by name beside them."""
    rows = rows_of(Source.ALGORITHM) if isinstance(report, LearnerReport) else ()
    record: Record = {row.name: None for row in rows} | dict(report.metrics) | asdict(report)
    del record['metrics']
    return record


def report_from_record(kind: type[Report], record: Mapping[str, Any]) -> Report:
    """Read back a status that `summary_record` wrote.

    :raises ValueError: where a field is missing, unknown or of another type
    """
    types = {each.name: _TYPES[str(each.type)] for each in fields(kind) if each.name != 'metrics'}
    values: Record = {}
    metrics: dict[str, float] = {}
    for name, value in record.items():
        if name not in types and _is_metric(kind, name):
            metrics[name] = _number(name, value)
            continue
        if name not in types:
            raise ValueError(f'not a status: {name} is unknown')
        if value is None and types[name] is float:
            value = math.nan
        if not isinstance(value, (int, float) if types[name] is float else types[name]):
            raise ValueError(f'not a status: {name} is {value!r}')
        values[name] = value
    if metrics:
        values['metrics'] = metrics
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f'not a status: {error}') from error


def _is_metric(kind: type[Any], name: str) -> bool:
    """Return whether a status may have a metric by a name; an algorithm may report any."""
    row = METRICS.get(name)
    return kind is LearnerReport or (row is not None and row.source is Source.ACTOR)


def _number(name: str, value: Any) -> float:
    if value is None:
        return math.nan
    if not isinstance(value, (int, float)):
        raise ValueError(f'not a status: {name} is {value!r}')
    return float(value)


def episode_from_record(record: Mapping[str, Any]) -> tuple[EpisodeReport, int]:
    """Read back an episode that `episode_record` wrote, and the run's environment steps then.

    :raises ValueError: where it is damaged
    """
    own = {field.name for field in fields(EpisodeReport)} - {'env_steps'}
    values = {name: value for name, value in record.items() if name in own}
    steps, own_steps = record.get('env_steps'), record.get('actor_env_steps')
    if not isinstance(steps, int):
        raise ValueError(f'not an episode: env_steps is {steps!r}')
    return report_from_record(EpisodeReport, {**values, 'env_steps': own_steps}), steps


def state_from_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Read what `RunState.restore` needs to continue from a summary.

    :raises ValueError: where the summary is damaged
    """
    learner = summary.get('learner')
    try:
        return {
            'sessions': [
                report_from_record(ActorReport, each) for each in summary['actor_sessions']
            ],
            'learner': report_from_record(LearnerReport, learner) if learner else None,
            'starts': {
                str(name): [int(each) for each in ids] for name, ids in summary['sessions'].items()
            },
            'wall_s': float(summary['wall_s'] or 0.0),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f'summary.json is damaged: {error}') from error


def _finite(record: Record) -> Record:
    """Replace numbers that JSON does not know (NaN, infinities) by None, at any depth."""
    return {name: _finite_value(value) for name, value in record.items()}


def _finite_value(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return _finite(value)
    if isinstance(value, list):
        return [_finite_value(each) for each in value]
    return value
