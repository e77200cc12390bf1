# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a latency from observation to command is made of: the robot's part and the loop's own.

A command leaves, the robot answers it with an observation after `robot_delay`, which then waits
for the next tick, whose command leaves `response` after that tick began. A robot that answers
sooner makes the wait, and with it the latency, longer: the period is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def with_parts(record: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add the parts of each latency [s], NaN where what came before was not recorded.

    :param record: as actor_process.py writes it
    """
    begun_ns, sent_ns = record['times_ns'], record['latency_times_ns']
    tick = np.searchsorted(begun_ns, sent_ns, side='right') - 1
    known = tick >= 0
    response = np.full(len(sent_ns), np.nan)
    response[known] = (sent_ns[known] - begun_ns[tick[known]]) * 1e-9
    robot_delay = np.full(len(sent_ns), np.nan)
    robot_delay[1:] = np.diff(sent_ns) * 1e-9 - record['latency'][1:]
    return {**record, 'response': response, 'robot_delay': robot_delay}
