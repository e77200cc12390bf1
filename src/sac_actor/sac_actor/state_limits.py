# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A box for the robot's state: near its walls an action may not push further out.

Each rule ties a number of the observation (a position, a joint angle) to the number of the action
that moves it (a velocity). Within the margin before a wall, the share of the action's range that
pushes outward falls from all to nothing; the way back stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
import math
from typing import Any

import numpy as np
from sac_core.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class StateLimit:
    """One rule: the observation's number stays in [low, high].

    :param observation: index in the observation
    :param action: index in the action
    :param low: lower wall, in the observation's unit
    :param high: upper wall
    :param margin: distance from a wall at which the action begins to be limited, > 0
    :param direction: 1: a positive action raises the number; -1: lowers it
    :raises ValueError: naming the field and the value
    """

    observation: int
    action: int
    low: float
    high: float
    margin: float
    direction: int = 1

    def __post_init__(self) -> None:
        for name in ('observation', 'action'):
            if getattr(self, name) < 0:
                raise ValueError(f'{name} must be at least 0, got {getattr(self, name)}')
        for name in ('low', 'high', 'margin'):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f'{name} must be finite, got {getattr(self, name)}')
        if not self.low < self.high:
            raise ValueError(f'low must be below high, got {self.low:g} and {self.high:g}')
        if not 0.0 < self.margin <= (self.high - self.low) / 2:
            raise ValueError(
                f'margin must be above 0 and at most half of the way from low to high,'
                f' got {self.margin:g}'
            )
        if self.direction not in (1, -1):
            raise ValueError(f'direction must be 1 or -1, got {self.direction}')


def parse_state_limits(text: str) -> tuple[StateLimit, ...]:
    """Read rules such as 'observation=0 action=3 low=-0.5 high=0.5 margin=0.05; ...'.

    :raises ValueError: naming the rule, the field and the value
    """
    rules = []
    types = {each.name: int if each.type == 'int' else float for each in fields(StateLimit)}
    for part in filter(None, map(str.strip, text.split(';'))):
        try:
            words = dict(word.split('=', 1) for word in part.split())
            values: dict[str, Any] = {name: types[name](words[name]) for name in words}
            rules.append(StateLimit(**values))
        except KeyError as error:
            raise ValueError(f'state_limits {part!r}: no such field: {error}') from error
        except (ValueError, TypeError) as error:
            raise ValueError(f'state_limits {part!r}: {error}') from error
    return tuple(rules)


class StateLimits:
    """Narrows the limits of an action by where the robot is.

    :param rules: any number of them, also several for one number
    :raises ValueError: where a rule names a number that the robot does not have
    """

    def __init__(
        self, rules: Sequence[StateLimit], *, observation_dim: int, action_dim: int
    ) -> None:
        for rule in rules:
            for name, dim in (('observation', observation_dim), ('action', action_dim)):
                if getattr(rule, name) >= dim:
                    raise ValueError(
                        f'state_limits: {name} must be below {dim}, got {getattr(rule, name)}'
                    )
        self.count = len(rules)
        self.actions = np.array([rule.action for rule in rules], np.intp)
        self._observations = np.array([rule.observation for rule in rules], np.intp)
        # Where a positive action lowers the number, its mirror image obeys the plain rule.
        self._signs = np.array([rule.direction for rule in rules], np.float32)
        walls = np.array([(rule.low, rule.high) for rule in rules], np.float32).reshape(-1, 2)
        walls *= self._signs[:, None]
        self._low, self._high = walls.min(axis=1), walls.max(axis=1)
        self._margin = np.array([rule.margin for rule in rules], np.float32)
        self._values = np.empty(self.count, np.float32)
        self._share = np.empty(self.count, np.float32)

    def narrow(self, observation: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Narrow the limits of an action in [-1, 1], in place.

        :param observation: (observation_dim,) where the robot is
        :param low: (action_dim,)
        :param high: (action_dim,)
        """
        values, share = self._values, self._share
        np.take(observation, self._observations, out=values)
        values *= self._signs
        np.subtract(self._high, values, out=share)
        share /= self._margin
        np.clip(share, 0, 1, out=share)
        np.minimum.at(high, self.actions, share)
        np.subtract(self._low, values, out=share)
        share /= self._margin
        np.clip(share, -1, 0, out=share)
        np.maximum.at(low, self.actions, share)
