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
    deadzone: float = setting(
        0.05, 'Share of the swing of an axis around its rest that counts as 0.', low=0.0, high=0.9
    )
    deadman_button: int = setting(4, 'Button to be held while a person drives.', low=0, high=255)
    emergency_button: int = setting(
        1, 'Button that presses the emergency stop, and does not let it go.', low=0, high=255
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.scales) != len(self.axes):
            raise ValueError(
                f'scales must be one number for each of the {len(self.axes)} axes,'
                f' got {self.scales!r}'
            )
        if self.emergency_button == self.deadman_button:
            raise ValueError(
                f'emergency_button must not be the deadman_button, got {self.emergency_button}'
            )

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
        self._scales = np.array(settings.scales, np.float32)

    def action(self, axes: Sequence[float], buttons: Sequence[int]) -> FloatArray | None:
        """Return what the person wants the robot to do, None without the deadman.

        :param axes: of the joystick, each in [-1, 1]
        :param buttons: 1 where it is pressed
        :return: (action_dim,) in [-1, 1]
        :raises ValueError: where the joystick lacks an axis or a button, or an axis is not finite
        """
        if not _is_pressed(buttons, self._settings.deadman_button, 'deadman_button'):
            return None
        last = max(self._axes, default=UNUSED)
        if last >= len(axes):
            raise ValueError(f'axes names axis {last}, the joystick has only {len(axes)} axes')
        values = np.zeros(len(self._scales), np.float32)
        values[self._driven] = [axes[axis] for axis in self._axes]
        if not np.isfinite(values).all():
            raise ValueError(f'the axes of the joystick must be finite, got {values.tolist()}')
        deadzone = self._settings.deadzone
        swing = np.maximum(np.abs(values) - deadzone, 0.0) / (1.0 - deadzone)
        return np.copysign(np.minimum(swing, 1.0), values) * self._scales

    def is_emergency(self, buttons: Sequence[int]) -> bool:
        """Say whether the button of the emergency stop is pressed.

        :raises ValueError: where the joystick lacks it
        """
        return _is_pressed(buttons, self._settings.emergency_button, 'emergency_button')


def _is_pressed(buttons: Sequence[int], number: int, name: str) -> bool:
    if number >= len(buttons):
        raise ValueError(f'{name} is {number}, the joystick has only {len(buttons)} buttons')
    return bool(buttons[number])
