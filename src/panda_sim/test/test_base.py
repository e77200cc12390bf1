# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A twin whose base is elsewhere in its world: gravity and commanded poses follow it."""

from __future__ import annotations

import math

import numpy as np
from panda_sim.arm import READY
from panda_sim.twin import Twin
import pytest

pytestmark = pytest.mark.node

HANGING = (1.0, 0.0, 0.0, 0.0)
ON_ITS_SIDE = (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5))


def test_a_pose_of_the_world_is_reached_where_the_base_stands_in_it() -> None:
    twin = Twin(base_position=(1.0, 2.0, 0.5), base_orientation=ON_ITS_SIDE)
    before = twin.state()
    x, y, z = before.tcp_position
    # The base is turned by a quarter: its x axis is the world's y axis.
    wanted = np.array([1.0 - y, 2.0 + x + 0.03, 0.5 + z])
    half = math.sqrt(0.5)
    qx, qy, qz, qw = before.tcp_orientation
    turned = half * np.array([qx - qy, qy + qx, qz + qw, qw - qz])
    twin.set_pose_target(wanted, turned)
    twin.advance(1.0)
    after = twin.state()
    np.testing.assert_allclose(
        after.tcp_position - before.tcp_position, [0.03, 0.0, 0.0], atol=3e-3
    )
    assert abs(after.tcp_orientation @ before.tcp_orientation) > 1 - 1e-3


def test_gravity_draws_a_hanging_arm_the_other_way() -> None:
    torques = []
    for orientation in ((0.0, 0.0, 0.0, 1.0), HANGING):
        twin = Twin(controller=None, scene='empty', base_orientation=orientation)
        twin.place(READY)
        torques.append(twin.state().joint_torques)
    assert abs(torques[0][3]) > 15.0
    np.testing.assert_allclose(torques[1], -torques[0], atol=1e-6)


@pytest.mark.parametrize(
    ('position', 'orientation', 'reason'),
    [
        ((0.0, 0.0), HANGING, 'base_position must be 3 numbers'),
        ((0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0), 'base_orientation must be a unit quaternion'),
    ],
)
def test_a_base_that_is_none_is_refused(
    position: tuple[float, ...], orientation: tuple[float, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Twin(base_position=position, base_orientation=orientation)
