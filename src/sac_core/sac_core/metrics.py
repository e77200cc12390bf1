# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The one table of metrics: their names, units, aggregation, curves and where they are shown.

Records, curves, /diagnostics, the dashboard and the documentation read it. A metric that an
algorithm reports and that has no row here is shown under its own name, without a unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sac_core.metric import Metric, Source

_run = partial(Metric, source=Source.RUN, group='run')
_rate = partial(Metric, unit='1/s', over_time='mean', panel='Steps per second', axis='zero')
_learner = partial(Metric, source=Source.LEARNER, group='learner', part='training', has_field=True)
_ratio = partial(_learner, summed_up=True, panel='Updates per step', axis='zero')
_storage = partial(_learner, group='buffer', part='storage')
_arrival = partial(_storage, recorded=False, summed_up=True)
_algorithm = partial(
    Metric, source=Source.ALGORITHM, over_time='mean', part='training', has_field=True
)
_actor = partial(Metric, source=Source.ACTOR, has_field=True)
_loop = partial(_actor, group='loop', part='control loop')
_timing = partial(_loop, unit='s', over_time='max', over_actors='max')
_period = partial(_timing, panel='Period of the loop', axis='zero')
_lateness = partial(_timing, panel='Lateness of ticks', axis='log')
_count = partial(_loop, summed_up=True)
_safety = partial(_actor, group='safety', part='safety', summed_up=True)
_delivery = partial(_actor, group='buffer', part='transitions')
_episode = partial(Metric, source=Source.EPISODE, group='episode', recorded=False, has_field=True)
_evaluation = partial(Metric, source=Source.EVALUATION, group='evaluation', recorded=False)

_ROWS: tuple[Metric, ...] = (
    # The run as a whole.
    _run('wall_s', 'since the robot first moved', unit='s', curve='wall_time'),
    _run('env_steps', 'transitions of all actors'),
    _rate(
        'env_steps_per_second',
        'of all actors',
        Source.RUN,
        'run',
        curve='env_steps_per_second',
        label='robot',
    ),
    _run('episodes', 'episodes finished', curve='episodes'),
    Metric(
        'return_mean',
        'mean undiscounted return of the last ten episodes',
        Source.RUN,
        'return',
        unit='reward',
        curve='mean',
    ),
    # The learner, whatever it runs.
    _learner('transitions_stored', 'stored in this run', field='env_steps', summed_up=True),
    _learner('learner_steps', 'learner steps', summed_up=True, curve='steps'),
    _learner('critic_updates', 'in all learner steps', summed_up=True),
    _ratio(
        'measured_utd',
        'critic updates per transition',
        over_time='mean',
        curve='utd_measured',
        label='measured',
    ),
    _ratio('target_utd', 'the ratio that is aimed at', curve='utd_target', label='configured'),
    _learner('steps_owed', 'learner steps that the learner is behind', curve='steps_owed'),
    _rate(
        'learner_steps_per_second',
        'learner steps',
        Source.LEARNER,
        'learner',
        field='steps_per_second',
        curve='steps_per_second',
        part='training',
        has_field=True,
        label='learner',
    ),
    _learner(
        'policy_version',
        'of the policy that the learner published last',
        group='weights',
        summed_up=True,
        curve='version_published',
    ),
    _storage(
        'replay_size',
        'transitions in the replay buffer',
        curve='replay_size',
        panel='Replay buffer',
        label='transitions',
        axis='zero',
    ),
    _storage('replay_capacity', 'transitions that the replay buffer can hold', recorded=False),
    _arrival('transitions_received', 'received, repeated ones included'),
    _arrival('duplicates', 'received more than once and stored once'),
    _arrival('lost', 'missing for good: dropped by an actor before they arrived'),
    _arrival('out_of_order', 'batches that came before one that was missing'),
    _arrival('rejected_batches', 'batches refused'),
    _arrival('unsaved', 'transitions in memory that the disk has not taken', part=''),
    _arrival('damaged', 'transitions found damaged on the disk, and dropped', part=''),
    # What an algorithm reports of itself.
    _algorithm(
        'critic_loss',
        'half the mean squared TD error, summed over the critics, of the last step',
        group='loss',
        unit='reward^2',
        curve='critic',
        panel='Critic loss',
        label='critic',
        axis='log',
    ),
    _algorithm(
        'actor_loss',
        'what the policy minimizes; of SAC the mean of alpha * log_prob - Q',
        group='loss',
        unit='reward',
        curve='actor',
        panel='Actor loss and value',
        label='actor loss',
    ),
    _algorithm(
        'temperature_loss',
        'alpha times how far the entropy is above its target, of the last step',
        group='loss',
        unit='reward',
        curve='temperature',
    ),
    _algorithm(
        'temperature',
        'alpha, weight of the entropy',
        group='policy',
        unit='reward/nat',
        curve='temperature',
        panel='Temperature',
        label='alpha',
        axis='log',
    ),
    _algorithm(
        'entropy',
        'of the policy',
        group='policy',
        unit='nat',
        curve='entropy',
        panel='Entropy',
        label='policy',
    ),
    _algorithm(
        'q_mean',
        'mean Q of the critics',
        group='policy',
        unit='reward',
        curve='q_mean',
        panel='Actor loss and value',
        label='mean Q',
    ),
    # The control loop of each actor.
    _loop('control_rate', 'ticks', unit='Hz', over_actors='min', curve='control_rate'),
    _period(
        'period_mean',
        'time between ticks',
        over_time='mean',
        curve='period_mean',
        label='mean',
    ),
    _timing('period_std', 'standard deviation of the time between ticks'),
    _period(
        'period_p99',
        '99th percentile of the time between ticks',
        curve='period_p99',
        label='99 %',
    ),
    _period('period_max', 'longest time between two ticks', curve='period_max', label='longest'),
    _lateness(
        'lateness_p99',
        '99th percentile of how late ticks began',
        curve='lateness_p99',
        label='99 %',
    ),
    _lateness('lateness_max', 'latest begin of a tick', label='latest'),
    _timing('latency_mean', 'from an observation to its command', curve='latency_mean'),
    _timing('latency_p99', '99th percentile of the same', curve='latency_p99'),
    _timing('latency_max', 'longest of the same'),
    _timing(
        'observation_age',
        'since the newest observation arrived',
        recorded=False,
        negative_is_unknown=True,
    ),
    _loop('actor_env_steps', 'transitions of this actor', field='env_steps', recorded=False),
    _loop('actor_episodes', 'episodes of this actor', field='episodes', recorded=False),
    _count('ticks', 'ticks of the clock'),
    _count(
        'overruns',
        'ticks that were missed',
        curve='overruns',
        panel='Missed ticks, in all',
        label='missed',
        axis='zero',
    ),
    _count('stale_ticks', 'ticks without a fresh observation', curve='stale_ticks'),
    _count('unexpected_observations', 'out of order, or after one that was lost'),
    _count('refused_observations', 'observations refused'),
    # Its transitions, its policy and what kept its robot safe.
    _delivery(
        'queue_length',
        'transitions not acknowledged yet',
        over_time='max',
        over_actors='max',
        curve='queue_length',
        panel='Waiting for the learner',
        label='transitions',
        axis='zero',
    ),
    _delivery('queue_capacity', 'transitions that the queue can keep', recorded=False),
    _delivery('transitions_sent', 'published at least once', summed_up=True),
    _delivery('transitions_acked', 'that the learner has stored', summed_up=True),
    _delivery(
        'transitions_dropped', 'transitions lost', summed_up=True, curve='transitions_dropped'
    ),
    _delivery('resends', 'batches sent again without an acknowledgement', summed_up=True),
    _actor(
        'actor_policy_version',
        'of the policy in use',
        group='weights',
        field='policy_version',
        over_actors='min',
        curve='version_in_use',
        part='policy',
    ),
    _actor(
        'weights_age',
        'since the weights in use were made',
        group='weights',
        unit='s',
        over_time='max',
        over_actors='max',
        negative_is_unknown=True,
        curve='age',
        part='policy',
        panel='Age of the policy',
        label='weights',
        axis='zero',
    ),
    _actor('rejected_weights', 'weights refused', group='weights', part='policy', recorded=False),
    _safety('filtered_actions', 'that the safety filter changed', curve='filtered_actions'),
    _safety('clipped_actions', 'of these: beyond a limit'),
    _safety(
        'blocked_actions', 'and of these: that pushed out of the state limits', has_field=False
    ),
    _safety('slowed_actions', 'of these: beyond the largest change in a step'),
    _safety('not_finite_actions', 'of these: not a number, or infinite'),
    _safety('stops', 'times that a watchdog stopped the robot', curve='stops'),
    _safety('intervened_steps', 'in which a person drove', curve='intervened_steps'),
    # Episodes, and evaluations as a whole.
    _episode(
        'episode_return',
        'undiscounted return of each episode',
        group='return',
        unit='reward',
        over_time='mean',
        curve='episode',
    ),
    _episode('length', 'steps', curve='length'),
    _episode('success', '1: the task was achieved', curve='success'),
    _episode('terminated', "1: ended by the task's own rule", curve='terminated'),
    _evaluation(
        'eval_return_mean',
        'of its episodes, by the mean action',
        field='return_mean',
        unit='reward',
        curve='return_mean',
    ),
    _evaluation(
        'eval_return_std',
        'standard deviation over its episodes',
        field='return_std',
        unit='reward',
        curve='return_std',
    ),
    _evaluation(
        'eval_success_rate', 'share of its episodes', field='success_rate', curve='success_rate'
    ),
    _evaluation('eval_episodes', 'how many it had', field='episodes', curve='episodes'),
)

METRICS: dict[str, Metric] = {row.name: row for row in _ROWS}
assert len(METRICS) == len(_ROWS), 'two rows have one name'


def rows_of(source: Source) -> Iterator[Metric]:
    """Give the rows of a source."""
    return (row for row in METRICS.values() if row.source is source)
