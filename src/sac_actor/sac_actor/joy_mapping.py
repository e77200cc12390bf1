# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the axes and buttons of a joystick mean: a table from parameters, checked before use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.settings import setting, Settings

UNUSED = -1
_BEYOND = 1.01  # drivers divide -32768 by 32767


@dataclass(frozen=True, kw_only=True)
class JoySettings(Settings):
    """
    Which axis drives which number of an action, and which buttons mean what.

    :raises ValueError: for a value outside its range or a contradiction, naming field and value
    """

    axes: tuple[int, ...] = setting(
        (0, 1, 3, 4, 6, 7),
        'Axis of the joystick for each number of an action; -1: that number stays 0.',
        low=UNUSED,
        high=255,
    )
    scales: tuple[float, ...] = setting(
        (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        'Action at the full swing of each axis; below 0: the other way round.',
        low=-1.0,
        high=1.0,
    )
    rests: tuple[float, ...] = setting(
        (0.0,),
        'Where each axis rests, triggers: 1.0 or -1.0; one number holds for all.',
        low=-1.0,
        high=1.0,
    )
    deadzone: float = setting(
        0.05, 'Share of the swing of an axis around its rest that counts as 0.', low=0.0, high=0.9
    )
    deadman_button: int = setting(4, 'Button to be held while a person drives.', low=0, high=255)
    emergency_button: int = setting(
        1, 'Button that presses the emergency stop, and does not let it go.', low=0, high=255
    )

    joy_timeout: float = setting(
        0.5,
        'Time without news of the joystick after which it must be seen at rest again [s].',
        low=0.05,
        high=10.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.scales) != len(self.axes):
            raise ValueError(
                f'scales must be one number for each of the {len(self.axes)} axes,'
                f' got {self.scales!r}'
            )
        if len(self.rests) not in (1, len(self.axes)):
            raise ValueError(
                f'rests must be one number, or one for each of the {len(self.axes)} axes,'
                f' got {self.rests!r}'
            )
        if self.emergency_button == self.deadman_button:
            raise ValueError(
                f'emergency_button must not be the deadman_button, got {self.emergency_button}'
            )

    def rest(self, number: int) -> float:
        """Return where the axis of a number of an action rests."""
        return self.rests[number if len(self.rests) > 1 else 0]

    def check_robot(self, action_dim: int) -> None:
        """Check the table against the robot.

        :raises ValueError: where it names another number of axes than an action has numbers
        """
        if len(self.axes) != action_dim:
            raise ValueError(
                f'axes must name one axis for each of the {action_dim} numbers of an action,'
                f' got {self.axes!r}'
            )


class JoyMapping:
    """Reads the state of a joystick by such a table."""

    def __init__(self, settings: JoySettings) -> None:
        self._settings = settings
        self._driven = [i for i, axis in enumerate(settings.axes) if axis != UNUSED]
        self._axes = [settings.axes[i] for i in self._driven]
        self._rests = np.array([settings.rest(i) for i in self._driven], np.float32)
        self._scales = np.array(settings.scales, np.float32)

    def swings(self, axes: Sequence[float]) -> FloatArray:
        """Return how far each axis is from its rest.

        :param axes: of the joystick, each in [-1, 1]
        :return: (action_dim,) in [-1, 1]; 0 where no axis drives
        :raises ValueError: where the joystick lacks an axis, or reports what no axis can be at
        """
        last = max(self._axes, default=UNUSED)
        if last >= len(axes):
            raise ValueError(f'axes names axis {last}, the joystick has only {len(axes)} axes')
        values = np.array([axes[axis] for axis in self._axes], np.float32)
        if not (np.abs(values) <= _BEYOND).all():  # NaN neither
            raise ValueError(
                f'each axis of the joystick must be in [-1, 1], got {values.tolist()}'
                f' of the axes {self._axes}'
            )
        swings = np.zeros(len(self._scales), np.float32)
        swings[self._driven] = (values - self._rests) / (1.0 + np.abs(self._rests))
        return np.clip(swings, -1.0, 1.0)

    def action(self, swings: FloatArray) -> FloatArray:
        """Return what the person wants the robot to do.

        :param swings: (action_dim,) see `swings`
        :return: (action_dim,) in [-1, 1]
        """
        deadzone = self._settings.deadzone
        beyond = np.maximum(np.abs(swings) - deadzone, 0.0) / (1.0 - deadzone)
        return np.copysign(beyond, swings) * self._scales

    def is_held(self, buttons: Sequence[int]) -> bool:
        """Return whether the deadman is held.

        :param buttons: 1 where it is pressed
        :raises ValueError: where the joystick lacks it
        """
        return _is_pressed(buttons, self._settings.deadman_button, 'deadman_button')

    def is_emergency(self, buttons: Sequence[int]) -> bool:
        """Return whether the button of the emergency stop is pressed.

        :raises ValueError: where the joystick lacks it
        """
        return _is_pressed(buttons, self._settings.emergency_button, 'emergency_button')


def _is_pressed(buttons: Sequence[int], number: int, name: str) -> bool:
    if number >= len(buttons):
        raise ValueError(f'{name} is {number}, the joystick has only {len(buttons)} buttons')
    return bool(buttons[number])
