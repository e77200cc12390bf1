# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes config/default.yaml and the files of the algorithms from the classes of the settings.

make config
"""

from __future__ import annotations

from pathlib import Path
import textwrap

from parameters_page import declared
from sac_core.settings import Setting

CONFIG = Path(__file__).resolve().parents[2] / 'config'
ALGORITHMS = {'sac': 'Soft Actor-Critic', 'td3': 'TD3'}
_NODES = (
    *('sim_bridge', 'panda_sim', 'actor', 'joy_teleop', 'learner'),
    *('dashboard', 'monitor', 'recorder'),
)
_HEAD = """\
# Every parameter of every node with its default, but for franka_bridge (franka_fr3.yaml) and
# for what belongs to one algorithm (algorithm_NAME.yaml). Presets, a params_file:=FILE of yours
# and the arguments of the command line go over it, in this order. It is a ROS 2 parameter file
# for nodes in any namespace:
#   ros2 run sac_learner learner_node --ros-args --params-file config/default.yaml
# (launch): set by train.launch.py, policy.launch.py and the runner themselves.
# (live): may be changed while the node runs.
# Written by `make config` from the settings in the code; edit those.
"""
_OF_ALGORITHM = """\
# The parameters of {}, beside those in default.yaml that every algorithm has.
# Written by `make config` from the settings in the code; edit those.
"""
# Set by what starts a run, in each node that has them.
_BY_LAUNCH = {
    'run_dir', 'state_dir', 'replay_dir', 'checkpoint_dir', 'directory', 'actors', 'checkpoint',
    'end_after_offline', 'learner.lockstep', 'monitor.resume', 'monitor.max_env_steps',
    'monitor.max_episodes', 'dashboard.max_env_steps',
}  # fmt: skip
_WIDTH = 110


def default_file() -> str:
    """Return the text of config/default.yaml."""
    return _HEAD + ''.join(f'\n{_section(node, declared(node))}' for node in _NODES)


def algorithm_file(name: str) -> str:
    """Return the text of the file of an algorithm."""
    own = declared(f'learner with algorithm {name}')
    return _OF_ALGORITHM.format(ALGORITHMS[name]) + _section('learner', own)


def _section(node: str, settings: list[Setting]) -> str:
    lines = [f'/**/{node}:', '  ros__parameters:']
    for each in settings:
        by_launch = each.name in _BY_LAUNCH or f'{node}.{each.name}' in _BY_LAUNCH
        lines += _comment(each, by_launch=by_launch)
        lines.append(f'    {each.name}: {_yaml(each.default)}')
    return '\n'.join(lines) + '\n'


def _comment(setting: Setting, *, by_launch: bool) -> list[str]:
    text = setting.description.rstrip('.')
    marks = '(launch) ' * by_launch + '(live) ' * setting.changeable
    text = f'{marks}{text[:1].upper()}{text[1:]}.{_range(setting)}'
    prefix = '    # '
    return textwrap.wrap(text, _WIDTH, initial_indent=prefix, subsequent_indent=prefix)


def _range(setting: Setting) -> str:
    low, high = setting.low, setting.high
    if setting.choices:
        return f' One of {", ".join(map(str, setting.choices))}.'
    if low is not None and high is not None:
        return f' From {low:g} to {high:g}.'
    if low is not None:
        return f' At least {low:g}.'
    return '' if high is None else f' At most {high:g}.'


def _yaml(value: object) -> str:
    """Write a value as YAML 1.1 reads it in its own type."""
    if isinstance(value, tuple):
        return f'[{", ".join(map(_yaml, value))}]'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        mantissa, _, exponent = repr(value).partition('e')
        return (
            mantissa
            + ('' if '.' in mantissa else '.0') * bool(exponent)
            + f'e{exponent}' * bool(exponent)
        )
    if isinstance(value, str) and (not value or value in ('on', 'off', 'yes', 'no')):
        return f"'{value}'"
    return str(value)


def main() -> None:
    (CONFIG / 'default.yaml').write_text(default_file(), encoding='utf-8')
    for name in ALGORITHMS:
        path = CONFIG / f'algorithm_{name}.yaml'
        path.write_text(algorithm_file(name), encoding='utf-8')


if __name__ == '__main__':
    main()
