# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What reset and step return, held to Gymnasium's contract: a fault is told in one line.

A batch of one, as vectorized simulators return it, is taken as what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
import inspect
from typing import Any

import gymnasium
import numpy as np

_STEP = 'step must return (observation, reward, terminated, truncated, info)'
_RESET = 'reset must return (observation, info)'
_LONGEST_QUOTE = 80  # characters of a value that somebody's environment returned


class ContractError(ValueError):
    """An environment breaks the contract; the text says what was expected and what came."""


class CheckedEnvironment(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment whose reset and step return what they must, or raise ContractError.

    It belongs directly around the environment: Gymnasium's own wrappers rely on the contract.

    :raises ContractError: where reset or step does not take what it is given
    """

    def __init__(self, environment: gymnasium.Env[Any, Any]) -> None:
        super().__init__(environment)
        _check_takes(environment.reset, 'reset(self, *, seed=None, options=None)', seed=None)
        _check_takes(environment.step, 'step(self, action)', None)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        result = self.env.reset(seed=seed, options=options)
        if not isinstance(result, (tuple, list)):
            raise ContractError(f'{_RESET}, got {quote(result)}')
        if len(result) != 2:
            raise ContractError(f'{_RESET}, got {len(result)} values')
        state, info = result
        return state, read_info(info)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        result = self.env.step(action)
        if not isinstance(result, (tuple, list)):
            raise ContractError(f'{_STEP}, got {quote(result)}')
        if len(result) == 4:
            raise ContractError(f'{_STEP}, got 4 values, as the old API of Gym had them')
        if len(result) != 5:
            raise ContractError(f'{_STEP}, got {len(result)} values')
        state, reward, terminated, truncated, info = result
        return (
            state,
            read_number(reward, 'reward'),
            read_flag(terminated, 'terminated'),
            read_flag(truncated, 'truncated'),
            read_info(info),
        )


def numbers(value: Any, name: str) -> np.typing.NDArray[Any]:
    """Take a value as an array of real numbers.

    :raises ContractError: where it is none
    """
    try:
        array = np.asarray(value)
    except Exception as error:  # a ragged list, a tensor of a GPU, whatever a type may raise
        raise ContractError(f'{name} must be numbers, got {quote(value)}') from error
    if array.dtype.kind not in 'biuf':
        raise ContractError(f'{name} must be numbers, got {quote(value)}')
    return array


def read_number(value: Any, name: str) -> float:
    """Take a number, or an array of one.

    :raises ContractError: where it is none
    """
    if isinstance(value, (float, int)):
        return float(value)
    array = numbers(value, name)
    if array.size != 1:
        raise ContractError(f'{name} must be one number, got {quote(value)}')
    return float(array.item())


def read_flag(value: Any, name: str) -> bool:
    """Take true or false, 1 or 0, or an array of one of them.

    :raises ContractError: where it is none
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    try:
        number = read_number(value, name)
    except ContractError:
        number = np.nan
    if number not in (0.0, 1.0):
        raise ContractError(f'{name} must be true or false, got {quote(value)}')
    return number == 1.0


def read_info(info: Any) -> dict[str, Any]:
    """Take an info; None stands for an empty one.

    :raises ContractError: where it is no mapping
    """
    if info is None:
        return {}
    if isinstance(info, dict):
        return info
    if isinstance(info, Mapping):
        return dict(info)
    raise ContractError(f'info must be a dict, got {quote(info)}')


def read_success(info: Mapping[str, Any]) -> bool:
    """Read whether the task was achieved: 'is_success', or else 'success'; absent: no.

    :raises ContractError: where it is neither a flag nor a number
    """
    for name in ('is_success', 'success'):
        if name in info:
            value = info[name]
            return value is not None and read_number(value, f'info[{name!r}]') > 0
    return False


def quote(value: Any) -> str:
    """Describe a value in a few words, on one line."""
    if isinstance(value, np.ndarray) and value.size != 1:
        return f'an array of shape {value.shape} and type {value.dtype}'
    try:
        text = ' '.join(repr(value).split())
    except Exception:  # noqa: BLE001  whatever somebody's type raises
        text = ''
    if not text or len(text) > _LONGEST_QUOTE:
        text = f'{text[:_LONGEST_QUOTE]} ... of type {type(value).__name__}'
    return text


def _check_takes(method: Any, wanted: str, *values: Any, **named: Any) -> None:
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):  # not a function of Python: its call will tell
        return
    if 'seed' in named:
        named['options'] = None
    try:
        signature.bind(*values, **named)
    except TypeError as error:
        raise ContractError(f'it must have {wanted}, but {error}') from None
