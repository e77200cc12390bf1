# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Fast DDS is told to send small datagrams where they leave the machine, and nowhere else."""

from __future__ import annotations

import pytest
from sac_core.ros.network import is_local, prepare_for_network, publish_asynchronously

TRANSPORTS = 'FASTDDS_BUILTIN_TRANSPORTS'
LOCAL = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
SUBNET = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}


@pytest.mark.parametrize(
    ('environment', 'local'),
    [
        (LOCAL, True),
        ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'localhost'}, True),
        (SUBNET, False),
        ({}, False),
        (LOCAL | {'ROS_STATIC_PEERS': '10.0.0.2'}, False),
        (LOCAL | {'ROS_DISCOVERY_SERVER': '10.0.0.2:11811'}, False),
        (LOCAL | {'ROS_STATIC_PEERS': ''}, True),
    ],
)
def test_who_may_listen(environment: dict[str, str], local: bool) -> None:
    assert is_local(environment) is local
    prepared = dict(environment)
    prepare_for_network(prepared)
    assert (prepared == environment) is local
    assert (prepared.get(TRANSPORTS) == 'DEFAULT?max_msg_size=1400B') is not local


@pytest.mark.parametrize(
    'chosen', [{TRANSPORTS: 'LARGE_DATA'}, {'FASTRTPS_DEFAULT_PROFILES_FILE': 'mine.xml'}]
)
def test_what_the_user_has_set_stays(chosen: dict[str, str]) -> None:
    prepared = SUBNET | chosen
    prepare_for_network(prepared)
    assert prepared == SUBNET | chosen


def test_publishing_does_not_wait_for_the_network_unless_the_user_wants_it_to() -> None:
    mode = 'RMW_FASTRTPS_PUBLICATION_MODE'
    environment: dict[str, str] = {}
    publish_asynchronously(environment)
    assert environment == {mode: 'ASYNCHRONOUS'}
    chosen = {mode: 'SYNCHRONOUS'}
    publish_asynchronously(chosen)
    assert chosen == {mode: 'SYNCHRONOUS'}
