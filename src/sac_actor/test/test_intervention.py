# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whose action counts: the person's while it is fresh, else the policy's."""

from __future__ import annotations

import numpy as np
from sac_actor.intervention import Intervention
from sac_core.testing import FakeClock

ACTION = np.array([0.5, -1.0], np.float32)


def test_the_policy_drives_until_a_person_does() -> None:
    intervention = Intervention(timeout=0.2, clock=FakeClock())
    assert intervention.action() is None
    intervention.drive(ACTION)
    assert intervention.action() is ACTION


def test_a_person_hands_back_at_once() -> None:
    intervention = Intervention(timeout=0.2, clock=FakeClock())
    intervention.drive(ACTION)
    intervention.hand_back()
    assert intervention.action() is None


def test_a_wish_that_is_not_repeated_counts_no_more_after_the_timeout() -> None:
    clock = FakeClock()
    intervention = Intervention(timeout=0.2, clock=clock)
    intervention.drive(ACTION)
    clock.now += 0.19
    assert intervention.action() is ACTION
    clock.now += 0.02
    assert intervention.action() is None
    intervention.drive(ACTION)
    assert intervention.action() is ACTION
