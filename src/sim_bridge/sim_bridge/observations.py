# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Turns an environment's observations into flat vectors, and names each of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import math
from typing import Any

from gymnasium import spaces
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.spaces import LARGEST_DIM, LARGEST_NUMBER
from sim_bridge.contract import ContractError, numbers, quote

RANGE = f'must be finite and within +-{LARGEST_NUMBER:g}'


@dataclass(frozen=True)
class _Part:
    """One entry of a Dict, or the whole of a Box."""

    name: str
    path: tuple[Any, ...]  # keys, from the outermost Dict inward
    space: spaces.Space[Any]
    size: int


class ObservationReader:
    """Reads observations of one space.

    :param space: a Box that is flat but for leading dimensions of one, or a Dict
    :raises ValueError: for another one, or one with too many numbers, naming the entry
    """

    def __init__(self, space: spaces.Space[Any]) -> None:
        if not isinstance(space, spaces.Dict) and not is_flat_box(space):
            raise ValueError(f'observations must be a flat Box or a Dict, not {space}')
        self._parts = tuple(_parts(space, 'observation', ()))
        self.dim = sum(part.size for part in self._parts)
        self._shape = None if isinstance(space, spaces.Dict) else (self.dim,)  # of a Box
        if self.dim > LARGEST_DIM:
            most = max(self._parts, key=lambda part: part.size)
            raise ValueError(
                f'an observation must hold at most {LARGEST_DIM} numbers, got {self.dim}:'
                f' {most.name} has shape {most.space.shape}, and pictures are not learned from;'
                ' leave it out, as by gymnasium.wrappers.FilterObservation'
            )

    def read(self, state: Any) -> FloatArray:
        """Copy an observation: an environment may write into the array that it returned.

        :return: (dim,) float32; what is beyond that type is infinite
        :raises ContractError: where it is not one of this space, naming the entry
        """
        if type(state) is np.ndarray and state.dtype.kind == 'f' and state.shape == self._shape:
            return _as_float32(state)  # the usual one
        if self._shape is not None:
            return _read(self._parts[0], state)
        return np.concatenate([_read(part, _entry(state, part)) for part in self._parts])

    def fault(self, observation: FloatArray) -> str:
        """Name the first number that no robot may have; empty where all will do."""
        within = np.abs(observation) <= LARGEST_NUMBER
        if within.all():
            return ''
        index = int(np.argmin(within))
        return f'{self.name_of(index)} is {observation[index]:g}'

    def name_of(self, index: int) -> str:
        """Name a number of a flat observation as the environment's author knows it."""
        for part in self._parts:
            if index < part.size:
                break
            index -= part.size
        shape = part.space.shape
        if shape is None or math.prod(shape) != part.size or len(shape) < 2:
            return f'{part.name}[{index}]'
        return f'{part.name}[{", ".join(str(int(i)) for i in np.unravel_index(index, shape))}]'


def is_flat_box(space: spaces.Space[Any]) -> bool:
    """Return whether a space is a vector, or a batch of one."""
    return (
        isinstance(space, spaces.Box)
        and len(space.shape) > 0
        and all(length == 1 for length in space.shape[:-1])
    )


def _parts(space: spaces.Space[Any], name: str, path: tuple[Any, ...]) -> Iterator[_Part]:
    if isinstance(space, spaces.Dict):
        for key, entry in space.spaces.items():
            yield from _parts(entry, f'{name}[{key!r}]', (*path, key))
        return
    if not space.is_np_flattenable:
        raise ValueError(f'{name} cannot be flattened: {space}')
    yield _Part(name, path, space, spaces.flatdim(space))


def _entry(state: Any, part: _Part) -> Any:
    name = 'observation'
    for key in part.path:
        if not isinstance(state, Mapping):
            raise ContractError(f'{name} must be a dict, got {quote(state)}')
        if key not in state:
            raise ContractError(f'{name} must have the entry {key!r}, got {list(state)}')
        state, name = state[key], f'{name}[{key!r}]'
    return state


def _read(part: _Part, value: Any) -> FloatArray:
    space = part.space
    if not isinstance(space, spaces.Box):
        try:
            return np.asarray(spaces.flatten(space, value), np.float32)
        except Exception as error:  # Gymnasium's, for whatever does not belong to the space
            raise ContractError(
                f'{part.name} must belong to {space}, got {quote(value)}'
            ) from error
    array = numbers(value, part.name)
    if _without_batch(array.shape) != _without_batch(space.shape):
        raise ContractError(f'{part.name} must have shape {space.shape}, got {array.shape}')
    return _as_float32(array).reshape(-1)


def _as_float32(array: np.typing.NDArray[Any]) -> FloatArray:
    if array.dtype == np.float32:
        return np.array(array, np.float32)
    with np.errstate(over='ignore'):  # beyond float32 becomes infinite, which is looked for
        return array.astype(np.float32)


def _without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return shape
