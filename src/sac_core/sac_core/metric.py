# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A row of the table of metrics, and where its values come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Source(Enum):
    """Where a metric comes from."""

    RUN = 'the run'  # computed from all that was heard
    LEARNER = 'the learner'  # LearnerStatus.msg
    ALGORITHM = 'the algorithm'  # by name, in LearnerStatus.msg
    ACTOR = 'each actor'  # ActorStatus.msg
    EPISODE = 'each episode'  # Episode.msg
    EVALUATION = 'each evaluation'  # computed from the episodes of an evaluation


@dataclass(frozen=True)
class Metric:
    """A row of the table.

    :param name: key in metrics.jsonl and summary.json
    :param about: meaning, without the unit
    :param group: of the curve, and of the table in the documentation
    :param unit: empty for a count or a ratio
    :param field: of the source's status, where it is not `name`
    :param over_time: how several values in a row become one, where there is no room for all
    :param over_actors: how the values of several actors become one; a sum is over all their
        sessions, the others over the actors that are active
    :param negative_is_unknown: the status has -1 where there is no value
    :param curve: name in TensorBoard and W&B, after the group; empty: no curve
    :param recorded: in each line of metrics.jsonl
    :param summed_up: in summary.json
    :param part: of the node on /diagnostics; empty: not there
    :param panel: title of the dashboard's chart; empty: not there
    :param label: in the legend of that chart
    :param axis: 'log' where the values span decades, 'zero' where it begins at 0
    :param has_field: the source's message has a field for it; else it comes by name. What an
        algorithm reports always does; a field is there as well for what is plotted most, because
        rqt_plot plots fields and no names. By name each value is a float32: a count that may
        exceed 2^24 needs a field
    """

    name: str
    about: str
    source: Source
    group: str
    unit: str = ''
    field: str = ''
    over_time: Literal['last', 'mean', 'max'] = 'last'
    over_actors: Literal['sum', 'max', 'min'] = 'sum'
    negative_is_unknown: bool = False
    curve: str = ''
    recorded: bool = True
    summed_up: bool = False
    part: str = ''
    panel: str = ''
    label: str = ''
    axis: Literal['linear', 'log', 'zero'] = 'linear'
    has_field: bool = False

    def __post_init__(self) -> None:
        if not self.field:
            object.__setattr__(self, 'field', self.name)
