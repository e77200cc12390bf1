# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Faults that a test or a person injects, as one line of text each."""

from __future__ import annotations

import numpy as np
from panda_sim.robot import RobotMode
from panda_sim.twin import Twin

HELP = (
    "'none', 'error NAME' (a field of franka_msgs/Errors), 'mode NAME' (of the robot; IDLE ends"
    " it), 'user_stop', 'user_stop_released', 'state_stops', 'state_returns', 'controller_dies',"
    " 'push X Y Z' (N on the tool, base frame), 'push_ends'"
)


class Faults:
    """Brings faults about; `state_stopped` says whether the state is withheld."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self.state_stopped = False

    def inject(self, text: str) -> None:
        """
        Bring one about.

        :param text: see `HELP`
        :raises ValueError: if there is no such fault, or not now
        """
        name, *arguments = text.split() or ['']
        twin = self._twin
        if name == 'error' and len(arguments) == 1:
            twin.fail(arguments[0])
        elif name == 'mode' and len(arguments) == 1:
            twin.change_mode(_mode(arguments[0]))
        elif name == 'push' and len(arguments) == 3:
            twin.external.push(np.array([*map(float, arguments), 0.0, 0.0, 0.0]))
        elif text == 'push_ends':
            twin.external.push(None)
        elif text == 'user_stop':
            twin.change_mode(RobotMode.USER_STOPPED)
        elif text == 'user_stop_released':
            if twin.robot.mode is not RobotMode.USER_STOPPED:
                raise ValueError('the user stop is not pressed')
            twin.change_mode(RobotMode.IDLE)
        elif text in ('state_stops', 'state_returns'):
            self.state_stopped = text == 'state_stops'
        elif text == 'controller_dies':
            if twin.manager.controller_failed() is None:
                raise ValueError('no controller moves the arm')
        elif text != 'none':
            raise ValueError(f'fault must be one of {HELP}; got {text!r}')


def _mode(name: str) -> RobotMode:
    if name not in RobotMode.__members__:
        raise ValueError(f'mode must be one of {", ".join(RobotMode.__members__)}, got {name!r}')
    return RobotMode[name]
