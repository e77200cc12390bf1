# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The helper for tests of nodes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sac_core.ros.qos import qos_profile_policy_weights
from sac_core.ros.testing import claim_domain_id, release_domain_id, Spinner
from std_msgs.msg import String

pytestmark = pytest.mark.node


def test_no_two_processes_get_the_same_domain_id() -> None:
    mine = [claim_domain_id(), claim_domain_id()]
    program = 'from sac_core.ros.testing import claim_domain_id; print(claim_domain_id())'
    other = subprocess.run([sys.executable, '-c', program], capture_output=True, check=True)
    assert len({*mine, int(other.stdout)}) == 3
    for domain_id in mine:
        release_domain_id(domain_id)


@pytest.mark.system  # it opens more of them than there are domain ids
def test_closed_spinners_do_not_use_the_domain_ids_up() -> None:
    for _ in range(50):
        Spinner().close()


def test_it_spins_until_the_condition_holds_and_returns_what_it_found() -> None:
    with Spinner() as spinner:
        node = spinner.node()
        publisher = node.create_publisher(String, 'word', qos_profile_policy_weights)
        publisher.publish(String(data='hello'))
        words = spinner.collect(node, String, 'word', qos_profile_policy_weights)
        assert spinner.until(lambda: words)[0].data == 'hello'


def test_a_condition_that_never_holds_is_an_error() -> None:
    with Spinner() as spinner, pytest.raises(TimeoutError, match=r'nothing within 0.1 s'):
        spinner.until(lambda: False, timeout=0.1)
