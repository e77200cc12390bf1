# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The robot's side of a run: each robot with its actor, and the namespaces of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import re

from sac_bringup.arguments import RunArguments
from sac_bringup.parameter_file import Parameters
from sac_bringup.process import Process
from sac_bringup.robot_packages import find_robot
from sac_bringup.robots import EXTERNAL, nodes_of

# Several actors share one learner and one monitor: these topics are the run's, not the actor's.
_SHARED_TOPICS = (
    'env_spec',
    'transitions',
    'transition_ack',
    'policy_weights',
    'episode',
    'actor/status',
    'emergency_stop',  # one button stops all robots
    'learner/status',
)
# Small matrices: a second thread costs more than it gives, and takes the learner's cores.
ONE_THREAD = {'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1'}


def robot_sides(
    arguments: RunArguments, parameters: Parameters, run_dir: Path | None, *, actors: int
) -> list[Process]:
    """Describe each robot side with its actor, in a namespace of its own where there are more."""
    if arguments.robot == EXTERNAL and actors > 1:
        raise ValueError(f'robot:=external needs actors:=1, got {actors}')
    run_namespace = namespace_of(arguments)
    shares = _shares(parameters['actor']['max_env_steps'], actors)
    processes = []
    for index, namespace in enumerate(robot_namespaces(run_namespace, actors)):
        shared = _SHARED_TOPICS if actors > 1 else ()
        processes += _of_others(arguments, namespace, shared)
        sides = [(name, name) for name in nodes_of(arguments.robot)]
        for package, name in (*sides, ('sac_actor', 'actor')):
            own = dict(parameters[name])
            own['seed'] += index
            if name == 'actor':
                own['max_env_steps'] = shares[index]
                if run_dir is not None:
                    directory = f'actor_{index}' if actors > 1 else 'actor'
                    own['state_dir'] = str(run_dir / directory)
            processes.append(
                Process(
                    package=package,
                    executable=f'{name}_node',
                    name=name,
                    namespace=namespace,
                    parameters=own,
                    remappings=_remapped(shared, run_namespace),
                    environment=ONE_THREAD,
                    log_level=arguments.log_level,
                    ends_run=name == 'actor',
                )
            )
    return processes


def _of_others(arguments: RunArguments, namespace: str, shared: Sequence[str]) -> list[Process]:
    """Describe the nodes of a robot that another package brings."""
    others = find_robot(arguments.robot)
    return [
        Process(
            package=each.package,
            executable=each.executable,
            name=each.name,
            namespace=namespace,
            parameters=dict(each.parameters),
            remappings=_remapped(shared, namespace_of(arguments)),
            log_level=arguments.log_level,
        )
        for each in (others.nodes if others else ())
    ]


def _remapped(shared: Sequence[str], namespace: str) -> tuple[tuple[str, str], ...]:
    return tuple((topic, f'{namespace}/{topic}') for topic in shared)


def robot_namespaces(namespace: str, actors: int) -> list[str]:
    """Name the namespace of each robot with its actor."""
    if actors == 1:
        return [namespace]
    return [f'{namespace}/actor_{index}' for index in range(actors)]


def namespace_of(arguments: RunArguments) -> str:
    text = (arguments.namespace or '').strip('/')
    if text and not re.fullmatch(r'[A-Za-z_]\w*(/[A-Za-z_]\w*)*', text, re.ASCII):
        raise ValueError(
            'namespace must be names of letters, digits and _, separated by /,'
            f' got {arguments.namespace!r}'
        )
    return f'/{text}' if text else ''


def _shares(total: int, actors: int) -> list[int]:
    if 0 < total < actors:
        raise ValueError(f'max_env_steps must be at least actors ({actors}), got {total}')
    return [total // actors + (index < total % actors) for index in range(actors)]
