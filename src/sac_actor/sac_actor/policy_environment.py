# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The environment that a policy was trained in, as it is opened: by its file, or by its run.

A checkpoint knows the id under which its environment is registered. The module that registers it,
and the keyword arguments that it was made with, are in the run's file; an exported ONNX file has
all of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sac_actor.onnx_policy import OnnxModel
from sac_core.weights import PolicyWeights

_RUN_FILE = 'run.yaml'


@dataclass(frozen=True)
class PolicyEnvironment:
    """How to open the environment of a policy.

    :param env_id: of Gymnasium, as ID or MODULE:ID, or of an arm's task; empty: not known
    :param env_kwargs: keyword arguments, as a YAML mapping; empty: none
    """

    env_id: str = ''
    env_kwargs: str = ''

    def chosen(self, env_id: str | None, env_kwargs: str | None) -> PolicyEnvironment:
        """Put what a user chose in place of what is known; None: nothing was chosen.

        Another environment gets none of this one's keyword arguments.
        """
        if env_kwargs is None:
            other = env_id is not None and not is_same_environment(env_id, self.env_id)
            env_kwargs = '' if other else self.env_kwargs
        return PolicyEnvironment(self.env_id if env_id is None else env_id, env_kwargs)


def environment_of_policy(
    policy: PolicyWeights | OnnxModel, parameters: Mapping[str, Mapping[str, Any]]
) -> PolicyEnvironment:
    """Say how the environment of a policy is opened.

    :param parameters: of the nodes of its run, as `parameters_of_policy` returns them
    """
    bridge = parameters.get('sim_bridge', {})
    started = str(bridge.get('env_id', ''))
    if policy.env_id and is_same_environment(started, policy.env_id):
        module, separator, _ = started.rpartition(':')
        name = policy.env_id.rpartition(':')[2]
        return PolicyEnvironment(f'{module}{separator}{name}', str(bridge.get('env_kwargs', '')))
    env_kwargs = policy.env_kwargs if isinstance(policy, OnnxModel) else ''
    return PolicyEnvironment(policy.env_id, env_kwargs)


def parameters_of_policy(path: Path) -> dict[str, dict[str, Any]]:
    """Return the parameters that the nodes of a policy's run were started with; of none, {}.

    :param path: a checkpoint's directory, or a file of a policy
    :raises ValueError: where the run's file is damaged
    """
    for parent in path.resolve().parents:
        file = parent / _RUN_FILE
        if file.is_file():
            return _parameters(file)
    return {}


def is_same_environment(one: str, other: str) -> bool:
    """Return whether two ids name one environment; module ignored, the first may lack -vN."""
    one, other = one.rpartition(':')[2], other.rpartition(':')[2]
    return one == other or (bool(one) and other.startswith(f'{one}-v'))


def _parameters(file: Path) -> dict[str, dict[str, Any]]:
    import yaml

    try:
        nodes = yaml.safe_load(file.read_text(encoding='utf-8'))['parameters']
        return {str(node): dict(values) for node, values in nodes.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f'{file} cannot be read: {" ".join(str(error).split())}') from error
