# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Time-outs that must be longer than a period of the control loop, and follow a slow one."""

from __future__ import annotations

from sac_bringup.parameter_file import Parameters

# Of the actor and of a bridge: so many periods at least, where nothing else was configured.
_PERIODS = {'observation_timeout': 3, 'answer_timeout': 5, 'command_timeout': 3}


def follow_rate(parameters: Parameters, defaults: Parameters) -> None:
    """Lengthen the time-outs that still have their defaults, where the control loop is slow.

    :param defaults: of all nodes
    """
    rate = parameters['actor']['control_rate']
    if rate <= 0.0:
        return
    for node, values in parameters.items():
        for name, periods in _PERIODS.items():
            if name in values and values[name] == defaults[node][name]:
                values[name] = max(values[name], periods / rate)


def check_rate(parameters: Parameters, bridge: str) -> None:
    """Check the time-outs of a run with a clock against a period of its control loop.

    :param bridge: name of the node
    :raises ValueError: naming all that are too short; 0 is none at all for a bridge
    """
    period = 1.0 / parameters['actor']['control_rate']
    short = [
        f'{name} {parameters[node][name]:g}'
        for node in ('actor', bridge)
        for name in _PERIODS
        if 0.0 < parameters[node].get(name, 0.0) <= period
    ]
    if short:
        raise ValueError(
            f'{", ".join(name.split()[0] for name in short)} must be longer than a period of the'
            f' control loop, {period:g} s, got {", ".join(name.split()[1] for name in short)}'
        )
