# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The key:=value arguments of a run: one table for the runner and for the launch files.

An argument that sets node parameters is empty by default: the parameters then are as in the
user's params_file, the preset or config/default.yaml, in this order.
"""

from __future__ import annotations

import dataclasses
import types
from typing import Any, cast, get_args, get_type_hints

from sac_core.settings import Setting


@dataclasses.dataclass(frozen=True)
class Argument:
    """One row of the table.

    :param sets: node parameters that it sets, as 'node.parameter'
    """

    setting: Setting
    required: bool
    sets: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.setting.name

    @property
    def default(self) -> str:
        """The default as it would be typed."""
        return '' if self.setting.default is None else as_typed(self.setting.default)


def argument(
    default: Any,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    required: bool = False,
) -> Any:
    """Declare one argument as a dataclass field; None as default stands for an empty one."""
    metadata = {
        'description': description,
        'low': low,
        'high': high,
        'choices': choices,
        'sets': sets,
        'required': required,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunArguments:
    """What training and running a policy have in common."""

    robot: str = argument(
        'sim',
        'sim: a Gymnasium environment; panda_sim: a twin of the Franka arm; franka: the real one,'
        ' with ros2 launch only; external: a robot node that you start yourself; or the name of an'
        " installed package's robot, or MODULE:NAME.",
    )
    task: str | None = argument(
        None,
        'What the arm learns: reach, joint_reach, peg_insert, or MODULE:Class.',
        sets=('franka_bridge.task',),
    )
    robot_type: str | None = argument(
        None,
        'The arm: fr3, or fer for a Panda.',
        choices=('fr3', 'fer'),
        sets=('franka_bridge.robot_type',),
    )
    robot_ip: str | None = argument(None, 'Address of the real arm, as 172.16.0.2.')
    render: bool | None = argument(
        None, 'The twin publishes pictures on panda_sim/image.', sets=('panda_sim.render',)
    )
    env_id: str | None = argument(
        None,
        'Gymnasium environment that stands in for the robot: ID, or MODULE:ID.',
        sets=('sim_bridge.env_id',),
    )
    env_kwargs: str | None = argument(
        None,
        'Keyword arguments for it, as "{forward_reward_weight: 2.0, max_episode_steps: 500}".',
        sets=('sim_bridge.env_kwargs',),
    )
    control_rate: float | None = argument(
        None,
        'Clock of the control loop [Hz]; 0: lockstep, as fast as simulator and learner go.',
        low=0.0,
        high=1000.0,
        sets=('actor.control_rate',),
    )
    params_file: str | None = argument(
        None, 'YAML file of node parameters (NODE: {ros__parameters: {...}}), over the preset.'
    )
    namespace: str | None = argument(None, 'ROS namespace of all nodes; one per robot.')
    autostart: bool | None = argument(
        None,
        'true: begin by itself; false: wait until a lifecycle client configures and activates.',
        sets=('actor.autostart', 'learner.autostart'),
    )
    teleop: str = argument(
        'none',
        'What a person may drive the robot with; joy: a joystick on the topic joy, whose table'
        ' is that of joy_teleop in the params_file.',
        choices=('none', 'joy'),
    )
    record: bool = argument(False, 'Record the run: MCAP files in its run_dir, under recording.')
    dashboard: bool = argument(
        False, 'true: show the run in the browser, on this machine alone; prints the link.'
    )
    dashboard_port: int | None = argument(
        None,
        'TCP port of the dashboard; where it is taken one of the next 20.',
        low=0,
        high=65535,
        sets=('dashboard.port',),
    )
    log_level: str = argument(
        'info', 'Log level of all nodes.', choices=('debug', 'info', 'warn', 'error', 'fatal')
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainArguments(RunArguments):
    """Arguments of a training run."""

    seed: int | None = argument(
        None,
        'Seed of environment, exploration and learner; actor i of several gets seed + i.',
        low=0,
        sets=(
            'sim_bridge.seed',
            'panda_sim.seed',
            'franka_bridge.seed',
            'actor.seed',
            'learner.seed',
        ),
    )
    max_env_steps: int | None = argument(
        None,
        'Environment steps of the run, of all actors together; 0: until Ctrl-C.',
        low=0,
        sets=('actor.max_env_steps',),
    )
    run_dir: str | None = argument(
        None, 'Directory of what the run leaves; must be new. Empty: runs/ENV-TIME.'
    )
    resume: str | None = argument(
        None,
        'Directory of a run to continue with, as runs/NAME: with its parameters, but for those'
        ' that are given now.',
    )
    respawn: str = argument(
        'learner',
        'What is started again when it dies; all: learner, actor, robot, monitor, recorder.',
        choices=('none', 'learner', 'all'),
    )
    preset: str | None = argument(
        None, 'Name of a file config/preset_NAME.yaml, over config/default.yaml.'
    )
    actors: int = argument(1, 'Robots, each with its own actor, that feed one learner.', low=1)
    algorithm: str | None = argument(
        None,
        'What learns: sac, td3, that of an installed package, or MODULE:Class.',
        sets=('learner.algorithm',),
    )
    device: str | None = argument(
        None, "Where the learner computes: 'auto', 'cpu', 'cuda'.", sets=('learner.device',)
    )
    utd_ratio: int | None = argument(
        None,
        'Critic updates per environment step.',
        low=1,
        high=1000,
        sets=('learner.utd_ratio',),
    )
    batch_size: int | None = argument(
        None, 'Transitions in one critic update.', low=1, sets=('learner.batch_size',)
    )
    hidden_dims: tuple[int, ...] | None = argument(
        None, 'Widths of the hidden layers, as [256,256].', low=1, sets=('learner.hidden_dims',)
    )
    replay_capacity: int | None = argument(
        None, 'Transitions in the replay buffer.', low=1, sets=('learner.replay_capacity',)
    )
    random_steps: int | None = argument(
        None,
        'First steps of each actor with random actions.',
        low=0,
        sets=('actor.random_steps',),
    )
    training_starts: int | None = argument(
        None,
        'Transitions stored before the first update.',
        low=1,
        sets=('learner.training_starts',),
    )
    prior_data: tuple[str, ...] | None = argument(
        None,
        'Recorded runs to learn from beside what arrives, as [runs/A,runs/B].',
        sets=('learner.prior_data',),
    )
    prior_share: float | None = argument(
        None,
        'Share of each critic update that is drawn from them.',
        low=0.0,
        high=1.0,
        sets=('learner.prior_share',),
    )
    offline_steps: int | None = argument(
        None,
        'Learner steps on them alone, before the robot moves.',
        low=0,
        sets=('learner.offline_steps',),
    )
    offline_only: bool = argument(
        False, 'true: no robot; end when the offline_steps are made. resume:= continues with one.'
    )
    eval_episodes: int | None = argument(
        None,
        'Episodes that measure the policy at the end of the run, for each actor; 0: none.',
        low=0,
        sets=('actor.eval_episodes',),
    )
    checkpoint_period: float | None = argument(
        None, 'Time between two checkpoints [s].', low=1.0, sets=('learner.checkpoint_period',)
    )
    wandb: str | None = argument(
        None,
        'Hand the curves to Weights & Biases; offline: keep them in run_dir/wandb.',
        choices=('off', 'offline', 'online'),
        sets=('monitor.wandb',),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PolicyArguments(RunArguments):
    """Arguments of a run of a trained policy: no learner."""

    checkpoint: str = argument(
        '',
        'Checkpoint directory, as runs/NAME/checkpoints/latest, or a file .onnx.',
        required=True,
    )
    env_id: str | None = argument(
        None, 'Gymnasium environment, as ID or MODULE:ID. Empty: the one that it was trained in.'
    )
    seed: int | None = argument(
        None,
        'Seed of environment and exploration.',
        low=0,
        sets=('sim_bridge.seed', 'panda_sim.seed', 'franka_bridge.seed', 'actor.seed'),
    )
    autostart: bool | None = argument(
        None,
        'true: begin by itself; false: wait until a lifecycle client configures and activates.',
        sets=('actor.autostart',),
    )
    episodes: int = argument(10, 'Episodes to run; 0: until Ctrl-C.', low=0)
    deterministic: bool = argument(True, "true: the policy's mean action; false: sampled.")
    run_dir: str | None = argument(
        None, 'Directory of what the run leaves; must be new. Empty: nothing is recorded.'
    )


def table(arguments_class: type[RunArguments]) -> list[Argument]:
    """List the arguments in the order in which they are declared."""
    hints = get_type_hints(arguments_class)
    rows = []
    for field in dataclasses.fields(arguments_class):
        about, default = field.metadata, cast(Any, field.default)
        setting = Setting(
            name=field.name,
            type=_without_none(hints[field.name]),
            default=default,
            description=about['description'],
            low=about['low'],
            high=about['high'],
            choices=about['choices'],
        )
        rows.append(Argument(setting, about['required'], about['sets']))
    return rows


def as_typed(value: object) -> str:
    """Write a value as it is given on a command line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return '[' + ','.join(as_typed(each) for each in value) + ']'
    return str(value)


def _without_none(hint: Any) -> Any:
    if not isinstance(hint, types.UnionType):
        return hint
    return next(each for each in get_args(hint) if each is not type(None))
