# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Node parameters of a run, merged from files and arguments, checked by name and type.

config/default.yaml, with franka_fr3.yaml and the file of the algorithm, holds every parameter of
every node, so that a misspelt name or a wrong type is found here, before a process starts. Ranges
are checked by the nodes, which know them. An algorithm of another package has no file in config/:
the learner checks the names of its parameters, too.
"""

from __future__ import annotations

from collections.abc import Mapping
import math
from pathlib import Path
from typing import Any

from sac_bringup.arguments import as_typed, RunArguments, table
from sac_bringup.pace import follow_rate
from sac_bringup.parameter_file import expand, Parameters, read_parameters, WILDCARD
from sac_bringup.robots import is_arm
import yaml

# The arm whose file has the defaults.
_ARM = 'fr3'

# A mapping, which ROS has no type for: its nested parameters are handed over as one text.
_MAPPING = ('sim_bridge', 'env_kwargs')

# Every node of rclpy has these; a file written from a running node may hold them.
_STANDARD = {'use_sim_time': False, 'start_type_description_service': True}
DEFAULT_ALGORITHM = 'sac'
# Told by the running node, too, and drawn anew for each run.
_OWN_TO_A_RUN = ('run_id',)


def presets(directory: Path) -> list[str]:
    """List the names that the argument `preset` may have."""
    return sorted(path.stem.removeprefix('preset_') for path in directory.glob('preset_*.yaml'))


def configure(
    arguments: RunArguments,
    directory: Path,
    run_defaults: Mapping[str, Mapping[str, Any]],
    *,
    source: str = 'run defaults',
) -> Parameters:
    """Merge default.yaml, the run's own defaults, preset, params_file and arguments.

    :param directory: holds default.yaml and the presets
    :param run_defaults: where this kind of run, or the one gone on with, departs from default.yaml
    :param source: where those are written, for refusals
    :raises ValueError: naming file, node and parameter
    """
    given = _params_file(arguments)
    preset, preset_file = _preset(arguments, given, directory)
    algorithm = algorithm_of(arguments, directory, run_defaults)
    parameters = base_parameters(directory, algorithm)
    layers: list[tuple[Mapping[str, Mapping[str, Any]], str]] = []
    if arguments.robot_type not in (None, _ARM):
        path = directory / f'franka_{arguments.robot_type}.yaml'
        layers.append((read_parameters(path), str(path)))
    layers.append((run_defaults, source))
    layers.append((preset, preset_file))
    known = {node: _STANDARD | each for node, each in parameters.items()}
    layers.append((expand(given, known), f'params_file {arguments.params_file}'))
    for layer, written_in in layers:
        _merge(parameters, layer, written_in, unknown=_unknown_parameters(directory, algorithm))
    for each in table(type(arguments)):
        value = getattr(arguments, each.name)
        if value is not None:
            for target in each.sets:
                node, name = target.split('.')
                _merge(parameters, {node: {name: value}}, f'argument {each.name}')
    follow_rate(parameters, base_parameters(directory, algorithm))
    return parameters


def algorithm_of(
    arguments: RunArguments, directory: Path, run_defaults: Mapping[str, Mapping[str, Any]]
) -> str:
    """Name the algorithm of a run, as `configure` will set it."""
    chosen = getattr(arguments, 'algorithm', None)
    given = _params_file(arguments)
    preset, _ = _preset(arguments, given, directory)
    for layer in (given, preset, run_defaults):
        chosen = chosen or _named(layer, 'learner', 'algorithm')
    return str(chosen or DEFAULT_ALGORITHM)


def configured_defaults(
    arguments_class: type[RunArguments],
    directory: Path,
    run_defaults: Mapping[str, Mapping[str, Any]],
) -> dict[str, str]:
    """Return what the empty arguments that set parameters stand for without a preset."""
    parameters = base_parameters(directory)
    _merge(parameters, run_defaults, 'run defaults')
    defaults = {}
    for each in table(arguments_class):
        if each.sets:
            node, name = each.sets[0].split('.')
            defaults[each.name] = as_typed(parameters[node][name])
    return defaults


def base_parameters(directory: Path, algorithm: str = DEFAULT_ALGORITHM) -> Parameters:
    """Return every parameter of every node: default.yaml, the arm's file and the algorithm's."""
    parameters = read_parameters(directory / 'default.yaml')
    parameters |= read_parameters(directory / f'franka_{_ARM}.yaml')
    path = _algorithm_file(directory, algorithm)
    if path.exists():
        parameters['learner'] |= read_parameters(path)['learner']
    return parameters


def _algorithm_file(directory: Path, algorithm: str) -> Path:
    return directory / f'algorithm_{algorithm}.yaml'


def _unknown_parameters(directory: Path, algorithm: str) -> tuple[str, ...]:
    """Name the nodes whose parameters are not all known here."""
    is_known = algorithm == DEFAULT_ALGORITHM or _algorithm_file(directory, algorithm).exists()
    return () if is_known else ('learner',)


def _params_file(arguments: RunArguments) -> Parameters:
    if arguments.params_file is None:
        return {}
    return read_parameters(Path(arguments.params_file).expanduser())


def _named(layer: Mapping[str, Mapping[str, Any]], node: str, name: str) -> Any:
    """Look a parameter up in a node's section, else in that of all nodes."""
    return layer.get(node, {}).get(name, layer.get(WILDCARD, {}).get(name))


def _preset(
    arguments: RunArguments, params_file: Parameters, directory: Path
) -> tuple[Parameters, str]:
    """Read the preset that is given; an arm has its own, and some of its tasks have theirs.

    A run that is gone on with has all that its preset set.

    :return: its parameters, none without a preset, and the path of its file
    """
    known, preset = presets(directory), getattr(arguments, 'preset', None)
    if preset is None and is_arm(arguments.robot) and hasattr(arguments, 'preset'):
        if getattr(arguments, 'resume', None):
            return {}, ''
        task = arguments.task or _named(params_file, 'franka_bridge', 'task')
        preset = f'franka_{task}' if f'franka_{task}' in known else 'franka'
    if preset is None:
        return {}, ''
    if preset not in known:
        raise ValueError(f'preset must be one of {known}, got {preset!r}')
    path = directory / f'preset_{preset}.yaml'
    return read_parameters(path), str(path)


def _merge(
    base: Parameters,
    layer: Mapping[str, Mapping[str, Any]],
    source: str,
    *,
    unknown: tuple[str, ...] = (),
) -> None:
    """Put a layer over the parameters so far.

    :param unknown: nodes that may have other parameters than these
    :raises ValueError: naming source, node and parameter
    """
    for node, values in layer.items():
        if node == WILDCARD:
            raise ValueError(f'{source}: unknown parameters {sorted(values)}: no node has them')
        if node not in base:
            raise ValueError(f'{source}: unknown node {node!r}; known are {sorted(base)}')
        known = {**_STANDARD, **base[node]}
        for name, value in _with_mapping(node, values).items():
            if name in _OWN_TO_A_RUN:
                continue
            if name not in known:
                if node in unknown:
                    base[node][name] = value
                    continue
                raise ValueError(
                    f'{source}: unknown parameter {name!r} of {node}: remove it, or correct it'
                    f' to one of {sorted(known)}'
                )
            base[node][name] = _typed(value, known[name], f'{source}: {node}.{name}')


def _with_mapping(node: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the text of a mapping in place of the dotted names that its parameters were read by."""
    owner, parameter = _MAPPING
    dotted = [name for name in values if name.startswith(f'{parameter}.')]
    if node != owner or not dotted:
        return values
    mapping: dict[str, Any] = {}
    for name in dotted:
        *outer, last = name.split('.')[1:]
        inner = mapping
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = values[name]
    text = yaml.safe_dump(mapping, default_flow_style=True, width=10**6).strip()
    return {name: value for name, value in values.items() if name not in dotted} | {
        parameter: text
    }


def _typed(value: Any, like: Any, what: str) -> Any:
    """Return the value in the type of the default, an integer as a float where that is one."""
    if isinstance(like, list):
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError(f'{what} must be a list, got {value!r}')
        return [_typed(each, like[0], what) for each in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = _number(value, like, what)
    if type(value) is not type(like):
        noun = {bool: 'true or false', int: 'an integer', float: 'a number', str: 'a string'}
        hint = ''
        if type(like) is str:  # on, off, yes and no are true and false to YAML and to ROS
            hint = (
                ": put it in quotes, as 'off'" if isinstance(value, bool) else ': put it in quotes'
            )
        raise ValueError(f'{what} must be {noun[type(like)]}, got {value!r}{hint}')
    return value


def _number(value: int | float, like: object, what: str) -> int | float:
    """Return a number that a ROS parameter can hold, an integer as a float where one is wanted."""
    if isinstance(value, int) and not isinstance(like, float):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f'{what} must be an integer of 64 bits, got {value}')
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f'{what} must be a finite number, got {value}')
    return number
