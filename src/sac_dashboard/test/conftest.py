# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the dashboard's tests share: a clock, and nodes that spin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sac_core.ros.testing import claim_domain_id, Spinner
from sac_core.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope='module')
def domain_id() -> int:
    return claim_domain_id()


@pytest.fixture
def spinner(domain_id: int) -> Iterator[Spinner]:
    with Spinner(domain_id) as open_spinner:
        yield open_spinner
