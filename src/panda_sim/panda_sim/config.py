# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the twin's node."""

from __future__ import annotations

from dataclasses import dataclass

from panda_sim.arm import ROBOT_TYPES
from panda_sim.scene import SCENES
from sac_core.settings import setting, Settings


@dataclass(frozen=True)
class TwinSettings(Settings):
    """What is simulated, at which pace, and how often it is published."""

    robot_type: str = setting('fr3', 'which arm, as in the driver', choices=ROBOT_TYPES)
    joint_prefix: str = setting(
        '', "what the names of joints and links begin with, before robot_type, as the driver's do"
    )
    base_position: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0),
        "of the arm's base in the world, in which poses are commanded [m]; the scene is where the"
        ' base is',
        low=-1000.0,
        high=1000.0,
    )
    base_orientation: tuple[float, ...] = setting(
        (0.0, 0.0, 0.0, 1.0),
        "of the arm's base in the world: unit quaternion x, y, z, w; tells where gravity draws to",
        low=-1.0,
        high=1.0,
    )
    scene: str = setting('table', 'what stands around it', choices=tuple(SCENES))
    seed: int = setting(0, 'seed of where the arm stands at first', low=0)
    controller: str = setting(
        'cartesian_impedance_controller', 'the controller that is active at first; empty: none'
    )
    lockstep: bool = setting(
        False, 'whether time advances only on `panda_sim/advance`, one step at a time'
    )
    step_duration: float = setting(0.02, 'of a step in lockstep [s]', low=0.001, high=1.0)
    joint_states_rate: float = setting(
        200.0, 'of /franka/joint_states in real time [Hz]; the driver: 1000', low=1.0, high=1000.0
    )
    convenience_publish_rate: float = setting(
        200.0, "of the broadcaster's small topics in real time [Hz]", low=1.0, high=1000.0
    )
    robot_state_rate: float = setting(
        50.0, 'of the whole robot state in real time [Hz]; the driver: 1000', low=1.0, high=100.0
    )
    render: bool = setting(False, 'whether pictures are published on `panda_sim/image`')
    render_rate: float = setting(5.0, 'of the pictures [Hz]', low=0.1, high=60.0)
    video: str = setting('', 'file to write the pictures to (.gif; .mp4 needs imageio-ffmpeg)')
