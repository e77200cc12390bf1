# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at the real machine, and says what to do where something is wrong."""

from __future__ import annotations

import os
from pathlib import Path
import resource

import pytest
from sac_tools.doctor.finding import Finding, NOTE, OK, PROBLEM
from sac_tools.doctor.machine import check_machine
from sac_tools.doctor.network import check_network
from sac_tools.doctor.permissions import check_permissions
from sac_tools.doctor.software import check_software


def by_topic(findings: list[Finding]) -> dict[str, Finding]:
    return {each.topic: each for each in findings}


def test_every_fault_comes_with_advice(tmp_path: Path) -> None:
    findings = [
        *check_software(),
        *check_permissions(),
        *check_network({}),
        *check_machine(tmp_path / 'runs'),
    ]
    assert len({each.topic for each in findings}) > 15
    assert all(each.found for each in findings)
    assert all(each.advice for each in findings if each.status != OK)
    assert all(each.status in (OK, NOTE, PROBLEM) for each in findings)


def test_what_the_project_runs_on_is_found() -> None:
    found = by_topic(list(check_software()))
    assert found['Python'].status == found['packages'].status == found['ROS 2'].status == OK
    assert 'torch 2.' in found['packages'].found


@pytest.mark.parametrize(('domain', 'status'), [('', OK), ('7', OK), ('150', NOTE)])
def test_a_ros_domain_whose_ports_others_use_is_noted(domain: str, status: str) -> None:
    assert by_topic(list(check_network({'ROS_DOMAIN_ID': domain})))['ROS domain'].status == status


@pytest.mark.parametrize(
    ('name', 'value'), [('ROS_DOMAIN_ID', '233'), ('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')]
)
def test_what_no_node_could_start_with_is_a_problem(name: str, value: str) -> None:
    environment = {'AMENT_PREFIX_PATH': os.environ['AMENT_PREFIX_PATH'], name: value}
    found = by_topic(list(check_network(environment)))['ROS settings']
    assert found.status == PROBLEM
    assert name in found.found
    assert value in found.found
    assert found.advice == f'correct it, or unset {name}'


def test_the_network_is_tried_where_others_may_listen() -> None:
    alone = by_topic(list(check_network({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'})))
    assert 'network multicast' not in alone
    found = by_topic(list(check_network({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'})))
    assert {'network multicast', 'socket buffers'} <= set(found)
    other = by_topic(list(check_network({'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'})))
    assert other['DDS'].status == NOTE


def test_a_user_without_real_time_rights_is_told_the_line_to_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, 'getrlimit', lambda _: (0, 0))
    monkeypatch.setattr('sac_tools.doctor.permissions.has_capability', lambda _: False)
    found = by_topic(list(check_permissions()))
    assert found['rtprio'].status == found['memlock'].status == NOTE
    assert 'rtprio 98" to /etc/security/limits.conf' in found['rtprio'].advice
    assert 'memlock unlimited' in found['memlock'].advice


def test_the_disk_is_measured_where_runs_will_lie(tmp_path: Path) -> None:
    place = tmp_path / 'not' / 'there' / 'yet'
    found = by_topic(list(check_machine(place)))
    assert str(tmp_path) in found['disk speed'].found
    assert list(tmp_path.iterdir()) == []
