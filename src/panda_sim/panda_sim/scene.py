# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What stands around the arm and what its hand holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peg:
    """A square peg that the hand holds, and the block with the hole that it fits into (m).

    :param width: of the peg
    :param length: from the tool center point to the peg's tip
    :param clearance: by how much the hole is wider than the peg
    :param hole: center of the hole's mouth in the base frame
    :param depth: of the hole
    """

    width: float = 0.008
    length: float = 0.05
    clearance: float = 0.0005
    hole: tuple[float, float, float] = (0.5, 0.0, 0.1)
    depth: float = 0.03
    block: float = 0.1  # width of the block

    @property
    def inserted_tcp(self) -> tuple[float, float, float]:
        """Where the tool center point is when the peg stands on the hole's ground."""
        x, y, z = self.hole
        return x, y, z - self.depth + self.length


@dataclass(frozen=True)
class Scene:
    """:param table: whether there is a table, at the height of the arm's base"""

    name: str
    table: bool = True
    peg: Peg | None = None


SCENES = {
    scene.name: scene
    for scene in (
        Scene('table'),
        Scene('empty', table=False),
        Scene('peg_insert', peg=Peg()),
    )
}


def find_scene(name: str) -> Scene:
    """:raises ValueError: if there is no such scene"""
    if name not in SCENES:
        raise ValueError(f'scene must be one of {", ".join(SCENES)}, got {name!r}')
    return SCENES[name]
