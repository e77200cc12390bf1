# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Environment variables of ROS that would end every node, leave it deaf, or leave it open.

What rcl and Fast DDS take with a warning, or as if it were not there, is left to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import os
from pathlib import Path

LARGEST_DOMAIN_ID = 232  # the ports of the next one lie beyond 65535
_DEFAULT_RMW = 'rmw_fastrtps_cpp'
# OFF is left out: nodes then do not find each other even on one machine.
_RANGES = ('SUBNET', 'LOCALHOST', 'SYSTEM_DEFAULT')
# rcl does not start its logging with any other value, nor compare these in another spelling.
_CHOICES = {
    'ROS_AUTOMATIC_DISCOVERY_RANGE': _RANGES,
    'ROS_SECURITY_ENABLE': ('true', 'false'),
    'ROS_SECURITY_STRATEGY': ('Enforce', 'Permissive'),
    'RCUTILS_COLORIZED_OUTPUT': ('0', '1'),
    'RCUTILS_LOGGING_USE_STDOUT': ('0', '1'),
    'RCUTILS_LOGGING_BUFFERED_STREAM': ('0', '1'),
}


def domain_id(environment: Mapping[str, str] = os.environ) -> int:
    """Return the ROS domain that nodes would be in.

    :raises ValueError: where ROS_DOMAIN_ID is none, with the value
    """
    text = environment.get('ROS_DOMAIN_ID') or '0'
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= number <= LARGEST_DOMAIN_ID or (text[0] == '0' and number > 7):  # octal to rcl
        expected = f'an integer from 0 to {LARGEST_DOMAIN_ID} without leading zeros'
        raise ValueError(_refusal('ROS_DOMAIN_ID', expected, text))
    return number


def environment_problems(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Say in one line each which variable cannot stay as it is, its value, and what to do."""
    try:
        domain_id(environment)
    except ValueError as error:
        yield str(error)
    yield from _rmw_problems(environment)
    for name, choices in _CHOICES.items():
        value = environment.get(name)
        if value and value not in choices:
            yield _refusal(name, f'one of {", ".join(choices)}', value)
    peers = environment.get('ROS_STATIC_PEERS', '')
    if any(not 0 < len(each) < 256 or set(each) & set(', ') for each in _peers(peers)):
        yield _refusal('ROS_STATIC_PEERS', 'names or addresses, separated by ;', peers)
    enforced = environment.get('ROS_SECURITY_STRATEGY') == 'Enforce'
    keystore = environment.get('ROS_SECURITY_KEYSTORE', '')
    if environment.get('ROS_SECURITY_ENABLE') == 'true' and enforced:
        if not Path(keystore, 'enclaves').is_dir():
            expected = 'a directory that holds enclaves (ros2 security create_keystore)'
            yield _refusal('ROS_SECURITY_KEYSTORE', expected, keystore)


def _rmw_problems(environment: Mapping[str, str]) -> Iterator[str]:
    installed = sorted(
        path.name
        for prefix in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
        for path in Path(prefix, 'share/ament_index/resource_index/rmw_typesupport').glob('rmw_*')
        if path.name != 'rmw_implementation'  # which loads one of them
    )
    wanted = environment.get('RMW_IMPLEMENTATION') or _DEFAULT_RMW
    if installed and 'RMW_IMPLEMENTATION' in environment and wanted not in installed:
        expected = f'a middleware that is installed ({", ".join(installed)})'
        yield _refusal('RMW_IMPLEMENTATION', expected, wanted)
        return
    asserted = environment.get('RCL_ASSERT_RMW_ID_MATCHES')
    if asserted and asserted != wanted:
        yield _refusal('RCL_ASSERT_RMW_ID_MATCHES', f'the middleware in use ({wanted})', asserted)


def _peers(text: str) -> list[str]:
    return [each for each in text.split(';') if each]


def _refusal(name: str, expected: str, value: str) -> str:
    return f'{name} must be {expected}, got {value!r}: correct it, or unset {name}'
