# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a run was started with, kept in its directory, and how another start continues with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
import json
from pathlib import Path

from sac_bringup.arguments import TrainArguments
from sac_bringup.configuration import DEFAULT_ALGORITHM
from sac_bringup.parameter_file import Parameters
from sac_core.sessions import LARGEST_SESSION
import yaml

RUN_FILE = 'run.yaml'
_TITLE = '# What this run was started with; resume:= of this directory continues from it.\n'
# What arguments set, and makes another run. The learner refuses whatever else does, by name.
_FIXED = (
    'sim_bridge.env_id',
    'sim_bridge.env_kwargs',
    'franka_bridge.task',
    'franka_bridge.robot_type',
    'learner.seed',
    'learner.batch_size',
    'learner.hidden_dims',
    'learner.replay_capacity',
)


@dataclass(frozen=True)
class RunFile:
    """The content of run.yaml.

    :param parameters: of each kind of node, before several actors share them
    :param run_id: by which its nodes know each other; 0: written before there were any
    """

    actors: int
    namespace: str
    parameters: Parameters
    robot: str = 'sim'
    run_id: int = 0

    def text(self) -> str:
        """Return it as it is written."""
        content = {
            'run_id': self.run_id,
            'robot': self.robot,
            'actors': self.actors,
            'namespace': self.namespace,
            'parameters': self.parameters,
        }
        return _TITLE + yaml.safe_dump(content, sort_keys=False)


@dataclass(frozen=True)
class EarlierRun:
    """A run that was ended or killed, to be gone on with."""

    run_dir: Path
    file: RunFile

    @classmethod
    def read(cls, text: str) -> EarlierRun:
        """Read the run of a directory.

        :param text: the directory as given by the user
        :raises ValueError: where it is not that of a run
        """
        run_dir = Path(text).expanduser().absolute()
        path = run_dir / RUN_FILE
        if not run_dir.is_dir():
            raise ValueError(f'resume: {run_dir} is not a directory')
        if not path.exists():
            raise ValueError(f'resume: {run_dir} holds no run: there is no {RUN_FILE}')
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8'))
        except OSError as error:
            raise ValueError(f'resume: cannot read {path}: {error.strerror}') from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            reason = ' '.join(str(error).split())
            raise ValueError(f'resume: {path} is damaged: {reason}') from error
        match content:
            case {'actors': int(actors), 'namespace': str(namespace), 'parameters': dict(nodes)}:
                if all(isinstance(each, dict) for each in nodes.values()):
                    robot = str(content.get('robot', 'sim'))
                    run_id = content.get('run_id', 0)
                    if type(run_id) is not int or not 0 <= run_id <= LARGEST_SESSION:
                        raise ValueError(f'resume: {path} is damaged: run_id is {run_id!r}')
                    return cls(run_dir, RunFile(actors, namespace, nodes, robot, run_id))
        raise ValueError(f'resume: {path} is damaged: it does not say what the run was')

    def complete(self, arguments: TrainArguments) -> TrainArguments:
        """Fill in what is the run's own, whatever is given now.

        :raises ValueError: where something else is given
        """
        for name, given in (('run_dir', arguments.run_dir), ('preset', arguments.preset)):
            if given is not None:
                raise ValueError(f'resume and {name} cannot both be given, got {name} {given!r}')
        namespace = (arguments.namespace or '').strip('/')
        # A default cannot be told from a value that equals it.
        self._check('robot', self.file.robot, arguments.robot, default='sim')
        self._check('actors', self.file.actors, arguments.actors, default=1)
        self._check('namespace', self.file.namespace, namespace, default='')
        return replace(
            arguments,
            robot=self.file.robot,
            actors=self.file.actors,
            namespace=self.file.namespace,
        )

    def check(self, parameters: Parameters) -> None:
        """Refuse parameters that would make it another run, or leave it nothing to do.

        :raises ValueError: naming the parameter
        """
        for target in _FIXED:
            node, name = target.split('.')
            given = parameters[node][name]
            self._check(target, self.file.parameters.get(node, {}).get(name, given), given)
        limit, done = parameters['actor']['max_env_steps'], self._env_steps()
        if 0 < limit <= done:
            raise ValueError(
                f'resume: {self.run_dir} has made its {done} environment steps:'
                f' max_env_steps must be larger than {limit} to continue'
            )

    def check_algorithm(self, algorithm: str) -> None:
        """Refuse another algorithm than the run's own.

        :raises ValueError: naming both
        """
        own = self.file.parameters.get('learner', {}).get('algorithm', DEFAULT_ALGORITHM)
        self._check('algorithm', own, algorithm)

    def _check(self, name: str, own: object, given: object, default: object = None) -> None:
        if given not in (own, default):
            raise ValueError(
                f'resume: {name} of {self.run_dir} is {own!r}, got {given!r}: start a new run'
            )

    def _env_steps(self) -> int:
        """Environment steps by the last summary; less than that where it was killed."""
        try:
            summary = json.loads((self.run_dir / 'summary.json').read_text(encoding='utf-8'))
            return int(summary['env_steps'])
        except (OSError, ValueError, KeyError, TypeError):
            return 0
