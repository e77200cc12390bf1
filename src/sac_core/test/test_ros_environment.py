# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Variables that another robot left in .bashrc are found before a node stumbles over them."""

from pathlib import Path

import pytest
from sac_core.ros_environment import domain_id, environment_problems


@pytest.mark.parametrize(
    ('text', 'number'), [('', 0), ('0', 0), ('7', 7), ('07', 7), ('150', 150), ('232', 232)]
)
def test_a_domain_is_a_number(text: str, number: int) -> None:
    assert domain_id({'ROS_DOMAIN_ID': text}) == number
    assert not list(environment_problems({'ROS_DOMAIN_ID': text}))


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        *(('ROS_DOMAIN_ID', text) for text in ('233', 'lab', '-1', '010', '5x', '1.0', '²')),
        *(('ROS_AUTOMATIC_DISCOVERY_RANGE', text) for text in ('OFF', 'localhost', 'ALL')),
        *(('ROS_STATIC_PEERS', text) for text in ('10.0.0.1,10.0.0.2', 'a b', 'x' * 300)),
        ('ROS_SECURITY_ENABLE', 'True'),
        ('ROS_SECURITY_STRATEGY', 'enforce'),
        ('RCUTILS_COLORIZED_OUTPUT', 'yes'),
        ('RCUTILS_LOGGING_USE_STDOUT', 'true'),
        ('RCL_ASSERT_RMW_ID_MATCHES', 'rmw_cyclonedds_cpp'),
    ],
)
def test_a_value_that_breaks_nodes_is_told_with_its_variable_and_a_remedy(
    name: str, value: str
) -> None:
    (problem,) = environment_problems({name: value})
    assert problem.startswith(f'{name} must be ')
    assert f'got {value!r}: correct it, or unset {name}' in problem


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('ROS_LOCALHOST_ONLY', '1'),
        ('FASTRTPS_DEFAULT_PROFILES_FILE', '/nowhere.xml'),
        ('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET'),
        ('ROS_STATIC_PEERS', '10.0.0.1;robot.local;'),
        ('RCUTILS_COLORIZED_OUTPUT', '0'),
        ('ROS_SECURITY_ENABLE', 'false'),
        ('RCL_ASSERT_RMW_ID_MATCHES', 'rmw_fastrtps_cpp'),
    ],
)
def test_what_nodes_run_with_is_no_problem(name: str, value: str) -> None:
    assert not list(environment_problems({name: value}))


def test_a_middleware_must_be_installed(tmp_path: Path) -> None:
    index = tmp_path / 'share' / 'ament_index' / 'resource_index' / 'rmw_typesupport'
    index.mkdir(parents=True)
    for name in ('rmw_fastrtps_cpp', 'rmw_implementation'):
        (index / name).touch()
    environment = {'AMENT_PREFIX_PATH': f'/nowhere:{tmp_path}'}
    assert not list(environment_problems(environment))
    assert not list(environment_problems({**environment, 'RMW_IMPLEMENTATION': ''}))
    environment['RMW_IMPLEMENTATION'] = 'rmw_zenoh_cpp'
    (problem,) = environment_problems(environment)
    assert 'installed (rmw_fastrtps_cpp), got' in problem


def test_enforced_security_needs_a_keystore(tmp_path: Path) -> None:
    environment = {
        'ROS_SECURITY_ENABLE': 'true',
        'ROS_SECURITY_STRATEGY': 'Enforce',
        'ROS_SECURITY_KEYSTORE': str(tmp_path),
    }
    (problem,) = environment_problems(environment)
    assert problem.startswith('ROS_SECURITY_KEYSTORE')
    (tmp_path / 'enclaves').mkdir()
    assert not list(environment_problems(environment))
