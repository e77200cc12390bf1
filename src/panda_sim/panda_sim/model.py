# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the MuJoCo model of an arm and its scene from their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from panda_sim.arm import Arm, Hand, Link
from panda_sim.scene import Peg, Scene
from sac_core.physics import mujoco

TIMESTEP = 0.001
# Inertia of the drives, as seen at the joints (kg m^2); not published.
_ARMATURE = 0.1
# How far the mechanical stops lie behind the limits that the robot watches.
_STOP_MARGIN = 0.03

# Two kinds of shapes: the robot touches the surroundings, but never itself.
_ROBOT = {'contype': '1', 'conaffinity': '2'}
_SURROUNDINGS = {'contype': '2', 'conaffinity': '1', 'friction': '0.4 0.005 0.0001'}
_UNTOUCHABLE = {'contype': '0', 'conaffinity': '0'}  # the base and what turns on it, in the table
_FINGER_STIFFNESS = 2000.0  # N/m
_FINGER_SHAPES = (  # center, half sizes, roll: carriage, diagonal part, rubber tip
    ((0.0, 0.0068, 0.0022), (0.011, 0.0044, 0.0019), 0.0),
    ((0.0, 0.0159, 0.02835), (0.00875, 0.0035, 0.01175), pi / 6),
    ((0.0, 0.00758, 0.04525), (0.00875, 0.0076, 0.00925), 0.0),
)


def build_model(arm: Arm, scene: Scene) -> mujoco.MjModel:
    """:return: the compiled model; joints in the order arm, fingers"""
    return mujoco.MjModel.from_xml_string(model_xml(arm, scene))


def model_xml(arm: Arm, scene: Scene) -> str:
    """:return: the model as MJCF"""
    root = Element('mujoco', model=f'{arm.robot_type} {scene.name}')
    # Some published inertias are no real body's: one moment is larger than the others' sum.
    _add(root, 'compiler', angle='radian', autolimits='true', balanceinertia='true')
    _add(root, 'option', timestep=str(TIMESTEP), integrator='implicitfast', cone='elliptic')
    _add(root, 'size', memory='2M')
    visual = _add(root, 'visual')
    _add(visual, 'global', offwidth='640', offheight='480')
    _add(visual, 'headlight', ambient='0.4 0.4 0.4', diffuse='0.5 0.5 0.5')
    _add(
        _add(root, 'asset'),
        'texture',
        type='skybox',
        builtin='gradient',
        rgb1='0.75 0.82 0.9',
        rgb2='0.95 0.95 0.95',
        width='32',
        height='192',
    )
    world = _add(root, 'worldbody')
    _add(world, 'light', pos='0 -1 2.5', dir='0.2 0.4 -1', castshadow='false')
    _add(world, 'camera', name='side', pos='1.45 -0.95 0.9', xyaxes='0.54 0.84 0 -0.32 0.2 0.93')
    if scene.table:
        _add(
            world,
            'geom',
            _SURROUNDINGS,
            name='table',
            type='plane',
            size='1.5 1.5 0.05',
            rgba='0.78 0.74 0.68 1',
        )
    hand = _add_arm(world, arm)
    _add_hand(hand, arm.hand)
    if scene.peg:
        _add_peg(world, hand, arm.hand, scene.peg)
    _add_actuators(root, arm)
    return ElementTree.tostring(root, encoding='unicode')


def _add_arm(world: Element, arm: Arm) -> Element:
    """:return: the hand's body, still empty"""
    body = _add(world, 'body', name='link0')
    _add_inertia(body, arm.links[0])
    _add_shapes(body, arm, 0)
    for number, (position, roll) in enumerate(arm.joints, start=1):
        body = _add(
            body,
            'body',
            name=f'link{number}',
            pos=_text(position),
            euler=_text((roll, 0.0, 0.0)),
            gravcomp='1',
        )
        index = number - 1
        _add(
            body,
            'joint',
            name=arm.joint_names[index],
            axis='0 0 1',
            range=_text(
                (
                    arm.position_lower[index] - _STOP_MARGIN,
                    arm.position_upper[index] + _STOP_MARGIN,
                )
            ),
            armature=str(_ARMATURE),
            damping=str(arm.damping[index]),
            frictionloss=str(arm.friction[index]),
        )
        _add_inertia(body, arm.links[number])
        _add_shapes(body, arm, number)
    return _add(
        body,
        'body',
        name='hand',
        pos=_text(arm.flange),
        euler=_text((0.0, 0.0, arm.hand.yaw)),
        gravcomp='1',
    )


def _add_hand(body: Element, hand: Hand) -> None:
    _add_inertia(body, hand.hand_link)
    _add_box(body, (0.0, 0.0, 0.033), (0.02, 0.1, 0.033), rgba='0.9 0.9 0.92 1')
    _add(body, 'site', name='tcp', pos=_text(hand.tcp), size='0.004', rgba='1 0.3 0 1')
    for number, yaw in ((1, 0.0), (2, pi)):
        finger = _add(
            body,
            'body',
            name=f'finger{number}',
            pos=_text(hand.finger),
            euler=_text((0.0, 0.0, yaw)),
            gravcomp='1',
        )
        _add(
            finger,
            'joint',
            name=f'finger_joint{number}',
            type='slide',
            axis='0 1 0',
            range=_text((0.0, hand.finger_travel)),
            damping=str(hand.finger_damping),
            armature='0.1',
        )
        _add_inertia(finger, hand.finger_link)
        for center, half_size, roll in _FINGER_SHAPES:
            _add_box(finger, center, half_size, roll, rgba='0.25 0.25 0.27 1')


def _add_peg(world: Element, hand_body: Element, hand: Hand, peg: Peg) -> None:
    stiff = {'solref': '0.004 1', 'solimp': '0.95 0.99 0.0005'}
    grip = 0.02  # how far the peg reaches up between the fingers
    height = grip + peg.length
    body = _add(hand_body, 'body', name='peg', pos=_text(hand.tcp), gravcomp='1')
    _add(
        body,
        'geom',
        (_ROBOT | stiff),
        name='peg',
        type='box',
        pos=_text((0.0, 0.0, peg.length - height / 2)),
        size=_text((peg.width / 2, peg.width / 2, height / 2)),
        mass='0.02',
        rgba='0.1 0.45 0.8 1',
    )
    x, y, top = peg.hole
    block = _add(world, 'body', name='block', pos=_text((x, y, 0.0)))
    inner, outer = (peg.width + peg.clearance) / 2, peg.block / 2
    wall = (outer - inner) / 2
    ground = top - peg.depth
    walls = [  # center, half sizes: four walls around the hole and the ground under it
        ((inner + wall, 0.0, top / 2), (wall, outer, top / 2)),
        ((-inner - wall, 0.0, top / 2), (wall, outer, top / 2)),
        ((0.0, inner + wall, top / 2), (inner, wall, top / 2)),
        ((0.0, -inner - wall, top / 2), (inner, wall, top / 2)),
        ((0.0, 0.0, ground / 2), (inner, inner, ground / 2)),
    ]
    for center, half_size in walls:
        _add(
            block,
            'geom',
            (_SURROUNDINGS | stiff),
            type='box',
            pos=_text(center),
            size=_text(half_size),
            rgba='0.55 0.4 0.25 1',
        )


def _add_actuators(root: Element, arm: Arm) -> None:
    actuators = _add(root, 'actuator')
    for name, torque in zip(arm.joint_names, arm.torque, strict=True):
        _add(actuators, 'motor', name=name, joint=name, ctrlrange=_text((-torque, torque)))
    force = arm.hand.finger_force
    for number in (1, 2):
        _add(
            actuators,
            'position',
            name=f'finger{number}',
            joint=f'finger_joint{number}',
            kp=str(_FINGER_STIFFNESS),
            kv='40',
            ctrlrange=_text((0.0, arm.hand.finger_travel)),
            forcerange=_text((-force, force)),
        )


def _add_inertia(body: Element, link: Link) -> None:
    _add(
        body,
        'inertial',
        mass=str(link.mass),
        pos=_text(link.center),
        fullinertia=_text(link.inertia),
    )


def _add_shapes(body: Element, arm: Arm, link: int) -> None:
    for shape in arm.shapes:
        if shape.link == link:
            _add(
                body,
                'geom',
                (_ROBOT if link > 1 else _UNTOUCHABLE),
                type='capsule',
                pos=_text(shape.center),
                euler=_text((0.0, pi / 2 if shape.along == 'x' else 0.0, 0.0)),
                size=_text((shape.radius, shape.length / 2)),
                rgba='0.95 0.95 0.97 1' if link % 2 == 0 else '0.82 0.84 0.87 1',
            )


def _add_box(
    body: Element,
    center: Sequence[float],
    half_size: Sequence[float],
    roll: float = 0.0,
    *,
    rgba: str,
) -> None:
    _add(
        body,
        'geom',
        _ROBOT,
        type='box',
        pos=_text(center),
        size=_text(half_size),
        euler=_text((roll, 0.0, 0.0)),
        rgba=rgba,
    )


def _add(
    parent: Element, tag: str, shared: dict[str, str] | None = None, **attributes: str
) -> Element:
    return SubElement(parent, tag, {**(shared or {}), **attributes})


def _text(values: Sequence[float]) -> str:
    return ' '.join(repr(float(value)) for value in values)
