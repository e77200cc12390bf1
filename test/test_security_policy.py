# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The SROS2 policy allows each node exactly what it does, no less and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
import time
from xml.etree import ElementTree

import pytest
from rclpy.node import Node
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import ActorStatus

POLICY = Path(__file__).parents[1] / 'config' / 'sros2_policy.xml'
NODES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    'monitor': ('sac_monitor.monitor_node', {'progress': 'plain'}),
    'recorder': ('sac_recorder.recorder_node', {}),
    'dashboard': ('sac_dashboard.dashboard_node', {'port': 0}),
    'sim_bridge': ('sim_bridge.sim_bridge_node', {'env_id': 'Pendulum-v1'}),
    'joy_teleop': ('sac_actor.joy_teleop_node', {'axes': [1], 'scales': [1.0]}),
    'learner': ('sac_learner.learner_node', {'hidden_dims': [8], 'batch_size': 8, 'threads': 1}),
    'actor': ('sac_actor.actor_node', {}),
}
LONGEST = 35.0  # [s] until every node does all that it ever does

Right = tuple[str, str, str]  # node, what it may do, the full name of topic or service


def full_name(name: str, profile: ElementTree.Element) -> str:
    """Expand a name as SROS2 does."""
    if name.startswith('/'):
        return name
    namespace = profile.attrib['ns'].rstrip('/') + '/'
    if name.startswith('~'):
        return namespace + profile.attrib['node'] + name[1:]
    return namespace + name


def allowed() -> set[Right]:
    """Read what the policy file allows."""
    rights = set()
    for profile in ElementTree.parse(POLICY).iter('profile'):
        for group in profile:
            (right, rule), *others = group.attrib.items()
            assert (rule, others) == ('ALLOW', [])
            rights |= {
                (profile.attrib['node'], right, full_name(each.text or '', profile))
                for each in group
            }
    return rights


def used(observer: Node) -> set[Right]:
    """Ask the ROS graph what the nodes that are there have open at this moment."""
    present = {name for name, _ in observer.get_node_names_and_namespaces()}
    rights = set()
    for right, ask in (
        ('publish', observer.get_publisher_names_and_types_by_node),
        ('subscribe', observer.get_subscriber_names_and_types_by_node),
        ('reply', observer.get_service_names_and_types_by_node),
        ('request', observer.get_client_names_and_types_by_node),
    ):
        for node in present & NODES.keys():
            rights |= {(node, right, name) for name, _ in ask(node, '/')}
    return rights


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as open_spinner:
        yield open_spinner


@pytest.fixture
def processes() -> Iterator[list[NodeProcess]]:
    started: list[NodeProcess] = []
    yield started
    for each in started:
        each.kill()


def test_each_node_may_do_exactly_what_it_does(
    spinner: Spinner, processes: list[NodeProcess], tmp_path: Path
) -> None:
    rights = allowed()
    observer = spinner.node('observer')
    statuses = spinner.collect(observer, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status)
    for name, (module, parameters) in NODES.items():
        own = {
            'monitor': {'run_dir': tmp_path / 'run'},
            'recorder': {'directory': tmp_path / 'recording'},
        }.get(name, {})
        processes.append(
            NodeProcess(module, domain_id=spinner.domain_id, parameters={**parameters, **own})
        )
        if name == 'monitor':
            # It asks each node once for its parameters, and must be watched by then.
            spinner.until(lambda: used(observer))
    seen: set[Right] = set()
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        spinner.spin_for(0.05)
        seen |= used(observer)
        if rights <= seen and statuses and statuses[-1].env_steps > 50:
            break
    not_allowed, never_used = sorted(seen - rights), sorted(rights - seen)
    assert (not_allowed, never_used) == ([], [])


def test_each_enclave_is_named_as_its_node() -> None:
    for enclave in ElementTree.parse(POLICY).iter('enclave'):
        (profile,) = enclave.iter('profile')
        assert enclave.attrib['path'] == full_name('~', profile)
