# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run learns from beside its robot: recordings, named so that every process finds them."""

from __future__ import annotations

from pathlib import Path

from sac_actor.policy_environment import is_same_environment
from sac_bringup.arguments import TrainArguments
from sac_bringup.parameter_file import Parameters
from sac_bringup.robots import env_id_of, reconcile_policy
from sac_core.recordings.files import recording_files
from sac_core.recordings.transitions import recorded_robot

_COMMA = 'a path that holds a comma goes in quotes: prior_data:=\'["A, B"]\''


def set_prior_data(arguments: TrainArguments, parameters: Parameters) -> None:
    """Complete the parameters of a run that has prior data, and of one that has nothing else.

    :raises ValueError: where recordings are missing, or are of another robot than was asked for
    """
    learner = parameters['learner']
    paths = [Path(each).expanduser().absolute() for each in learner['prior_data'] if each]
    for path in paths:
        try:
            recording_files(path)
        except ValueError as error:
            if len(paths) == 1 or path.exists():
                raise
            raise ValueError(f'{error}; {_COMMA}') from error
    learner['prior_data'] = [str(path) for path in paths] or ['']
    learner['end_after_offline'] = arguments.offline_only
    if not arguments.offline_only:
        return
    if not paths or not learner['offline_steps']:
        raise ValueError('offline_only needs prior_data and offline_steps')
    recorded = recorded_robot(paths[0]).env_id
    is_named = arguments.env_id is not None or arguments.task is not None
    if is_named:
        given = env_id_of(arguments.robot, parameters)
        if not is_same_environment(given, recorded):
            raise ValueError(
                f'the run is of {given!r}, but {paths[0]} was recorded with {recorded!r}'
            )
        recorded = given
    reconcile_policy(arguments.robot, parameters, recorded, origin='recording')
