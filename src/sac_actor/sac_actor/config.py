# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's settings."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.cpu_affinity import parse_cpus
from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class ActorSettings(Settings):
    """
    How the actor drives the robot and what it keeps until the learner has stored it.

    :raises ValueError: for a value outside its range, naming field and value.
    """

    autostart: bool = setting(
        True,
        'Configure and activate itself when robot and policy are there; false: wait until a'
        ' lifecycle client asks for it.',
    )
    seed: int = setting(0, 'Seed of the exploration.', low=0)
    control_rate: float = setting(
        50.0,
        'Ticks per second of the control loop [Hz]; 0: lockstep, each observation is'
        ' answered at once and the learner sets the pace.',
        low=0.0,
        high=1000.0,
    )
    max_env_steps: int = setting(0, 'Transitions after which the actor ends; 0: never.', low=0)
    max_episodes: int = setting(0, 'Episodes after which the actor ends; 0: never.', low=0)
    random_steps: int = setting(
        300,
        'Steps of uniformly random actions before the policy acts; none where the policy is'
        ' trained already.',
        low=0,
    )
    short_episode_steps: int = setting(
        0,
        'Steps after which an early episode ends and the robot is reset; 0: only where the task'
        ' ends it.',
        low=0,
    )
    short_episodes_until: int = setting(
        0, 'Transitions after which episodes are no longer cut to short_episode_steps.', low=0
    )
    deterministic: bool = setting(
        False, 'Take the mean action instead of exploring.', changeable=True
    )
    checkpoint: str = setting(
        '',
        'Directory of a checkpoint, or file .onnx, whose policy acts; no learner is needed then,'
        " and no transitions are sent. Empty: the learner's policy.",
    )
    eval_episodes: int = setting(
        0,
        'Episodes of each evaluation, driven by the mean action; at the end of the run and every'
        ' eval_period, 0: none but on request.',
        low=0,
    )
    eval_period: int = setting(
        0,
        'Transitions from one evaluation to the next; 0: only at the end of the run.',
        low=0,
    )
    eval_episode_steps: int = setting(
        1000,
        'Steps after which an episode is ended that must end, where the robot has no time limit of'
        ' its own: one of an evaluation, each one where max_episodes is set, and one for which an'
        ' evaluation waits; 0: never.',
        low=0,
    )
    store_evaluation: bool = setting(
        False,
        'Send the transitions of evaluations before the last one, too; they then count as'
        ' others do.',
    )
    intervention_timeout: float = setting(
        0.2,
        'Time without a message after which a person who drives has handed back [s].',
        low=0.01,
        high=10.0,
    )
    transition_batch_size: int = setting(30, 'Transitions sent at once.', low=1, high=1000)
    queue_capacity: int = setting(
        180_000,
        'Transitions kept until the learner has stored them: an hour at 50 Hz. Then the'
        ' oldest are dropped and counted.',
        low=1,
    )
    queue_warn_share: float = setting(
        0.5, 'Share of queue_capacity from which on a warning is shown.', low=0.01, high=1.0
    )
    state_dir: str = setting(
        '',
        'Directory in which transitions and totals survive a kill of the actor; its own, and a'
        ' restart finds them there. Empty: kept in memory only.',
    )
    flush_timeout: float = setting(
        2.0, 'Longest time that transitions wait for a full batch [s].', low=0.01, high=3600.0
    )
    resend_timeout: float = setting(
        5.0,
        'Time without an acknowledgement after which transitions are sent again [s].',
        low=0.1,
        high=3600.0,
    )
    max_action_change: float = setting(
        2.0,
        'Largest change of an action between two steps, for actions in [-1, 1]; 2: any. While'
        ' the actor runs, no larger than at its start.',
        low=1e-6,
        high=2.0,
        changeable=True,
    )
    lowest_action: tuple[float, ...] = setting(
        (-1.0,),
        'Lower limit of each number of an action in [-1, 1]; one number holds for all. While the'
        ' actor runs, no lower than at its start.',
        low=-1.0,
        high=1.0,
        changeable=True,
    )
    highest_action: tuple[float, ...] = setting(
        (1.0,),
        'Upper limit, likewise; no higher than at the start.',
        low=-1.0,
        high=1.0,
        changeable=True,
    )
    action_smoothing: float = setting(
        0.0, 'Share of the previous action in each action; 0: no low-pass.', low=0.0, high=0.99
    )
    state_limits: str = setting(
        '',
        'Rules that keep numbers of the observation within walls, separated by ; such as'
        " 'observation=0 action=3 low=-0.5 high=0.5 margin=0.05': within the margin the share of"
        ' the action that pushes outward falls to 0. direction=-1 where a positive action'
        ' lowers the number.',
    )
    observation_timeout: float = setting(
        0.5,
        'Time without any observation after which the robot is stopped until one comes [s].',
        low=0.001,
        high=3600.0,
    )
    answer_timeout: float = setting(
        1.0,
        'Time in which a command must be followed by a new observation [s]; else the robot is'
        ' stopped for as long, then a new episode is tried.',
        low=0.001,
        high=3600.0,
    )
    bridge_timeout: float = setting(
        2.0,
        'Time without a bridge in the network after which the robot is stopped until there is'
        ' one [s].',
        low=0.2,
        high=3600.0,
    )
    reset_timeout: float = setting(
        60.0,
        'Time from the end of an episode to the next beginning after which a warning is shown; the'
        ' robot may take its time in between [s].',
        low=1.0,
        high=1e6,
    )
    max_overruns_in_row: int = setting(
        25,
        'Ticks missed in a row after which the robot is stopped until as many come in time.',
        low=1,
    )
    weights_timeout: float = setting(
        60.0, 'Time without new policy weights after which that is shown [s].', low=0.1, high=1e6
    )
    stop_on_stale_weights: bool = setting(
        False, 'Stop the robot after weights_timeout, until new weights come.'
    )
    learner_timeout: float = setting(
        5.0,
        'Time in which nothing was heard of the learner after which that is shown; the robot'
        ' goes on [s].',
        low=0.1,
        high=1e6,
    )
    max_clock_jump: float = setting(
        0.1, "Largest jump of the system's clock that is not shown [s].", low=0.001, high=1e6
    )
    rt_priority: int = setting(
        0,
        'Priority of the control loop under SCHED_FIFO; the executor gets the next lower one.'
        ' 0: the ordinary scheduler.',
        low=0,
        high=99,
    )
    cpu_affinity: str = setting(
        '', "CPUs on which the control loop may run, such as '2,3'; empty: any."
    )
    lock_memory: bool = setting(False, 'Keep all pages of the process in memory (mlockall).')
    warn_lateness: float = setting(
        0.005,
        'Lateness of a tick (99th percentile) from which on a warning is shown [s].',
        low=0.0,
        high=3600.0,
    )
    warn_period: float = setting(
        1.5,
        'Time between two ticks (99th percentile, in periods) from which on likewise.',
        low=1.0,
        high=1e6,
    )
    status_period: float = setting(
        1.0, 'Time between two status messages [s].', low=0.05, high=60.0, changeable=True
    )

    @property
    def limits(self) -> tuple[object, ...]:
        """What bounds an action."""
        return self.lowest_action, self.highest_action, self.max_action_change

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_cpus(self.cpu_affinity)
        if self.control_rate:
            period = 1 / self.control_rate
            times = {
                name: getattr(self, name) for name in ('observation_timeout', 'answer_timeout')
            }
            if short := {name: time for name, time in times.items() if time <= period}:
                raise ValueError(
                    f'{" and ".join(short)} must be longer than a period of the control loop,'
                    f' {period:g} s, got {" and ".join(map(str, short.values()))}'
                )
        if self.eval_period and not self.eval_episodes:
            raise ValueError(
                f'eval_period needs eval_episodes above 0, got {self.eval_period} and 0'
            )
