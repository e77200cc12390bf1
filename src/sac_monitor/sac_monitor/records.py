# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's files say: its state as flat JSON objects, null where a number is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
import math
from typing import Any

from sac_monitor.condition import advice, restarts, short_name
from sac_monitor.reports import ActorReport, EpisodeReport, LearnerReport, Report
from sac_monitor.run_state import RunState

Record = dict[str, Any]

_TYPES: dict[str, type] = {'int': int, 'float': float, 'str': str, 'bool': bool}
_LEARNER_METRICS = (
    'learner_steps',
    'critic_updates',
    'measured_utd',
    'target_utd',
    'steps_owed',
    'replay_size',
    'policy_version',
    'critic_loss',
    'actor_loss',
    'temperature_loss',
    'temperature',
    'entropy',
    'q_mean',
)
_ACTOR_COUNTS = (
    'transitions_sent',
    'transitions_acked',
    'transitions_dropped',
    'resends',
    'ticks',
    'overruns',
    'stale_ticks',
    'filtered_actions',
    'clipped_actions',
    'slowed_actions',
    'not_finite_actions',
    'unexpected_observations',
    'refused_observations',
    'stops',
    'intervened_steps',
)
_ACTOR_WORST = (
    'period_mean',
    'period_std',
    'period_p99',
    'period_max',
    'lateness_p99',
    'lateness_max',
    'latency_mean',
    'latency_p99',
    'latency_max',
    'weights_age',
    'queue_length',
)
_LEARNER_TOTALS = (
    'learner_steps',
    'critic_updates',
    'measured_utd',
    'target_utd',
    'policy_version',
    'transitions_received',
    'duplicates',
    'lost',
    'out_of_order',
    'unsaved',
    'damaged',
    'rejected_batches',
)


def metrics_record(state: RunState, time: float) -> Record:
    """Describe the run at one instant: a line of metrics.jsonl.

    Counts are sums over all actors and sessions. Of several active actors, `control_rate` is the
    lowest and each timing the worst. Units as in the messages.

    :param time: Unix time [s]
    """
    actors = state.active()
    learner = state.learner
    record: Record = {
        'time': round(time, 3),
        'wall_s': round(state.wall_s, 3),
        'env_steps': state.env_steps,
        'env_steps_per_second': state.env_steps_per_second,
        'episodes': state.episodes,
        'return_mean': state.return_mean,
    }
    record |= {name: getattr(learner, name, None) for name in _LEARNER_METRICS}
    record['learner_steps_per_second'] = learner.steps_per_second if learner else None
    record['transitions_stored'] = learner.env_steps if learner else None
    record |= {name: state.total(name) for name in _ACTOR_COUNTS}
    record['control_rate'] = min((report.control_rate for report in actors), default=None)
    for name in _ACTOR_WORST:
        record[name] = max((getattr(report, name) for report in actors), default=None)
    if record['weights_age'] is not None and record['weights_age'] < 0.0:
        record['weights_age'] = None  # the policy has no weights yet
    record['actor_policy_version'] = min((r.policy_version for r in actors), default=None)
    return _finite(record)


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
    `transitions_sent` may exceed `transitions_stored` by what is under way while the run goes on.

    :param parameters: those of each node, by its fully qualified name
    """
    learner, spec, evaluation = state.learner, state.spec, state.evaluations.latest()
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
    record |= {name: getattr(learner, name, None) for name in _LEARNER_TOTALS}
    record['transitions_stored'] = learner.env_steps if learner else None
    record |= {name: state.total(name) for name in _ACTOR_COUNTS}
    record['unfinished'] = [short_name(report) for report in state.unfinished()]
    # The sessions and the last status of each in full: a resumed monitor starts from them.
    record['sessions'] = state.starts.sessions
    record['learner'] = asdict(learner) if learner else None
    record['actor_sessions'] = [asdict(report) for report in state.sessions.values()]
    return _finite(record)


def report_from_record(kind: type[Report], record: Mapping[str, Any]) -> Report:
    """Read back a status that `summary_record` wrote.

    :raises ValueError: where a field is missing, unknown or of another type
    """
    types = {field.name: _TYPES[str(field.type)] for field in fields(kind)}
    values: Record = {}
    for name, value in record.items():
        if name not in types:
            raise ValueError(f'not a status: {name} is unknown')
        if value is None and types[name] is float:
            value = math.nan
        if not isinstance(value, (int, float) if types[name] is float else types[name]):
            raise ValueError(f'not a status: {name} is {value!r}')
        values[name] = value
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f'not a status: {error}') from error


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
    """Read what `RunState.restore` needs to go on from a summary.

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
