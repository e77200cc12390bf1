# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The definition of a message type with all that it depends on, as MCAP's ros2msg schemas hold it.

Format: the MCAP registry, https://mcap.dev/spec/registry#ros2msg
"""

from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path
import re

_PRIMITIVES = frozenset(
    'bool byte char float32 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64 string'
    ' wstring'.split()
)
# A field's type, without the bound of a string and of an array; constants look the same.
_FIELD = re.compile(r'^\s*([A-Za-z]\w*(?:/\w+)*)(?:<=\d+)?(?:\[[^\]]*\])?\s+[A-Za-z]')
_RULE = '=' * 80

Share = Callable[[str], str]  # package name: its share directory


def definition(type_name: str, share: Share) -> str:
    """Give the definition of a type and, each once, of the types that it is made of.

    :param type_name: as 'sac_interfaces/msg/EnvSpec'
    :param share: finds the directory in which a package's .msg files are installed
    :raises OSError: where a type is not installed
    """
    own = _own_text(type_name, share)
    parts, seen, waiting = [own], {type_name}, _dependencies(type_name, own)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        text = _own_text(name, share)
        package, _, short = name.split('/')
        parts.append(f'{_RULE}\nMSG: {package}/{short}\n{text}')
        waiting += _dependencies(name, text)
    return '\n'.join(part.rstrip('\n') for part in parts) + '\n'


def type_hash(type_name: str, share: Share) -> str:
    """Give the hash of a type as REP-2011 defines it; empty where it is not installed."""
    package, kind, name = type_name.split('/')
    try:
        described = json.loads((Path(share(package)) / kind / f'{name}.json').read_text())
        return next(
            str(each['hash_string'])
            for each in described['type_hashes']
            if each['type_name'] == type_name
        )
    except (OSError, ValueError, KeyError, StopIteration):
        return ''


def _own_text(type_name: str, share: Share) -> str:
    package, kind, name = type_name.split('/')
    return (Path(share(package)) / kind / f'{name}.msg').read_text(encoding='utf-8')


def _dependencies(type_name: str, text: str) -> list[str]:
    own_package, names = type_name.split('/')[0], []
    for line in text.splitlines():
        match = _FIELD.match(line)
        if match and match[1] not in _PRIMITIVES:
            *package, short = match[1].replace('/msg/', '/').split('/')
            names.append(f'{package[0] if package else own_package}/msg/{short}')
    return names
