# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a ROS parameter file as ROS reads it, and refuses what ROS would overlook.

PyYAML reads YAML 1.1, in which `1e-3` is a string, `1:30` a number and `2026-12-01` a date; rcl
takes the first for a number and the others for strings, and so does this.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
import re
from typing import Any

import yaml

# {node: {parameter: value}}
Parameters = dict[str, dict[str, Any]]

# Stands for every node.
WILDCARD = '/**'
_WILDCARDS = ('*', '**')
_VALUES = 'ros__parameters'
_NUMBERS = ('tag:yaml.org,2002:int', 'tag:yaml.org,2002:float', 'tag:yaml.org,2002:timestamp')
_INTEGER = r'[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)'
_FLOAT = (
    r'[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?'
    r'|[0-9][0-9_]*[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)'
)


class _Loader(yaml.SafeLoader):
    """SafeLoader with the numbers of rcl, that takes no key twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (as in the base class)
        first: [(tag, pattern) for tag, pattern in pairs if tag not in _NUMBERS]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (first := lines.setdefault(key.value, line)) is not line and key.value != '<<':
                raise _TwiceError(f'{key.value!r} is given twice, in the lines {first} and {line}')
        return super().construct_mapping(node, deep)


class _TwiceError(yaml.YAMLError):
    pass


_Loader.add_implicit_resolver(_NUMBERS[0], re.compile(f'^(?:{_INTEGER})$'), list('-+0123456789'))
_Loader.add_implicit_resolver(_NUMBERS[1], re.compile(f'^(?:{_FLOAT})$'), list('-+.0123456789'))


def read_parameters(path: Path) -> Parameters:
    """Read a parameter file of nodes given as NODE, /NODE, /**/NODE or /SOME/NAMESPACE/NODE.

    The section of all nodes, as /**, comes under `WILDCARD`. Several sections may mean one node.

    :raises ValueError: naming the file and what is wrong with it
    """
    try:
        content = yaml.load(path.read_bytes(), _Loader)
    except OSError as error:
        raise ValueError(f'cannot read {path}: {error.strerror}') from error
    except _TwiceError as error:
        raise ValueError(f'{path}: {error}') from error
    except (yaml.YAMLError, ValueError) as error:
        reason = ' '.join(str(error).split())
        raise ValueError(f'{path} is not valid YAML: {reason}') from error
    if content is None:  # all of it is commented out
        return {}
    if not isinstance(content, dict):
        raise ValueError(f'{path} must map node names to parameters, got {content!r}')
    parameters: Parameters = {}
    sections: dict[tuple[str, str], str] = {}  # where each parameter comes from
    for key, values in _sections(content, path):
        last = key.rpartition('/')[2]
        node = WILDCARD if last in _WILDCARDS else last
        for name, value in values.items():
            other = sections.setdefault((node, name), key)
            if other != key:
                raise ValueError(
                    f'{path}: {name} of {last} is given twice, under {other} and under {key}'
                )
            parameters.setdefault(node, {})[name] = value
        parameters.setdefault(node, {})
    return parameters


def expand(parameters: Parameters, known: Parameters) -> Parameters:
    """Give each node what stands under `WILDCARD` and is a parameter of its own.

    What the node's section says goes over it. A parameter that no node has stays, to be refused.

    :param known: every parameter of every node
    """
    for_all = parameters.get(WILDCARD)
    if for_all is None:
        return parameters
    own = {node: values for node, values in parameters.items() if node != WILDCARD}
    taken: set[str] = set()
    expanded: Parameters = {}
    for node, values in known.items():
        common = {name: value for name, value in for_all.items() if name in values}
        taken.update(common)
        if merged := common | own.pop(node, {}):
            expanded[node] = merged
    left = {name: value for name, value in for_all.items() if name not in taken}
    return expanded | own | ({WILDCARD: left} if left else {})


def _sections(content: dict[Any, Any], path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each section's name and its values, dotted where they are nested, as ROS does."""
    for key, section in content.items():
        if section is None:
            continue
        if not isinstance(section, dict) or list(section) != [_VALUES]:
            raise ValueError(f'{path}: {key} must hold {_VALUES} and nothing else')
        values = {} if section[_VALUES] is None else section[_VALUES]
        if not isinstance(values, dict):
            raise ValueError(f'{path}: {_VALUES} of {key} must be a mapping, got {values!r}')
        yield str(key), dict(_dotted(values))


def _dotted(values: dict[Any, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _dotted(value, f'{prefix}{name}.')
        else:
            yield f'{prefix}{name}', value
