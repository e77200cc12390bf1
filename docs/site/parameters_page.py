# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The page of all node parameters, from the classes that the nodes declare them from."""

from __future__ import annotations

import importlib

from sac_bringup.arguments import as_typed
from sac_core.settings import Setting, Settings, settings_of
from tables import table, type_of, values_of

# node: what it is for, and the classes of its settings
NODES: dict[str, tuple[str, tuple[str, ...]]] = {
    'actor': ("The control loop on the robot's side.", ('sac_actor.config.ActorSettings',)),
    'learner': (
        'What every algorithm has, then the process that runs it.',
        ('sac_learner.algorithms.config.AlgorithmConfig', 'sac_learner.config.LearnerSettings'),
    ),
    'learner with algorithm sac': (
        'Beside those above.',
        ('sac_learner.algorithms.sac.config.SacConfig',),
    ),
    'learner with algorithm td3': (
        'Beside those above.',
        ('sac_learner.algorithms.td3.Td3Config',),
    ),
    'sim_bridge': (
        'A Gymnasium environment in place of the robot.',
        ('sim_bridge.config.SimBridgeSettings',),
    ),
    'franka_bridge': (
        'A Franka arm, or its twin, in place of the simulator.',
        (
            'franka_bridge.config.FrankaBridgeSettings',
            'franka_bridge.config.DriverSettings',
            'franka_bridge.limits.ArmLimits',
        ),
    ),
    'panda_sim': (
        "The arm's twin in MuJoCo, behind the driver's topics.",
        ('panda_sim.config.TwinSettings',),
    ),
    'monitor': ('Progress, and what a run leaves.', ('sac_monitor.settings.MonitorSettings',)),
    'recorder': ('Recordings as MCAP.', ('sac_recorder.settings.RecorderSettings',)),
    'dashboard': (
        'The page in the browser.',
        ('sac_dashboard.settings.DashboardSettings',),
    ),
    'joy_teleop': ('Drives by joystick.', ('sac_actor.joy_mapping.JoySettings',)),
    'each node of a run': (
        'Set by what starts the run, and not in config/default.yaml.',
        ('sac_core.belonging.RunSettings',),
    ),
}
_HEAD = """# Parameters

Every number is a ROS parameter, checked at the start: a value of another type, out of its range or
under an unknown name ends the run before anything moves. Put those that you change into a file of
your own, over [config/default.yaml](../../config/default.yaml), which holds those of a run:

    make train ARGS="params_file:=mine.yaml"

```yaml
/**/learner:
  ros__parameters:
    utd_ratio: 4
```

The ones that are changed most are [arguments](arguments.md) of a run, too. Those that say yes
under *live* can be changed while the node runs, by `ros2 param set` or in rqt, in the same range.
"""


def declared(node: str) -> list[Setting]:
    """List the settings of a node; those of an algorithm without what every algorithm has."""
    above = {each.name for each in declared('learner')} if node.startswith('learner ') else set()
    found = [each for name in NODES[node][1] for each in settings_of(_class(name))]
    return [each for each in found if each.name not in above]


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for node, (purpose, _) in NODES.items():
        rows = [
            (
                f'`{each.name}`',
                _default(each),
                type_of(each),
                values_of(each),
                'yes' if each.changeable else '',
                each.description,
            )
            for each in declared(node)
        ]
        header = ('parameter', 'default', 'type', 'values', 'live', 'meaning')
        parts.append(f'## {node}\n\n{purpose}\n\n{table(header, rows)}\n')
    return '\n'.join(parts)


def _class(path: str) -> type[Settings]:
    module, _, name = path.rpartition('.')
    found: type[Settings] = getattr(importlib.import_module(module), name)
    return found


def _default(setting: Setting) -> str:
    text = as_typed(setting.default)
    return f'`{text}`' if text else ''
