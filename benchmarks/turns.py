# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Contestants in processes of their own that take turns, so that all meet the same machine.

Whatever else the machine does, and whatever its host gives to others meanwhile, meets each of
them alike; so ratios within a run mean something where a lone absolute figure does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, ExitStack
import dataclasses
import json
import os
from pathlib import Path
from statistics import median
import subprocess
import sys
from typing import Any

from sac_core.child_process import bound_to_this_process
from sac_learner.config import SacConfig

BENCHMARKS = Path(__file__).resolve().parent
PEERS_PYTHON = BENCHMARKS.parent / '.venv-bench' / 'bin' / 'python'


class ContestantError(Exception):
    """A contestant cannot be measured; the message says why."""


class Contestant:
    """A process that runs one of `contestants/` and answers as `contestants/serve.py` says.

    :param peer: whether it runs in the environment of the libraries to compare with
    :param settings: what it adds to every case
    :param environment: variables beside the inherited ones
    """

    def __init__(
        self,
        module: str,
        *,
        peer: bool = False,
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = settings or {}
        inherited = dict(os.environ)
        inherited.pop('OMP_WAIT_POLICY', None)  # importing sac_learner has set it
        if peer:  # another Python: what belongs to this one must not reach it
            for name in ('PYTHONPATH', 'LD_LIBRARY_PATH', '_ROS_WHEELS_BOOTSTRAP_COMPLETE'):
                inherited.pop(name, None)
        self.module = module
        self._process = subprocess.Popen(
            [str(PEERS_PYTHON) if peer else sys.executable, '-m', f'contestants.{module}'],
            cwd=BENCHMARKS,
            env={**inherited, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get('BENCH_VERBOSE') else None,
            text=True,
            preexec_fn=bound_to_this_process(),
        )

    def order(self, **fields: Any) -> None:
        """Send an order without waiting for the answer."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(fields) + '\n')
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # `answer` says so

    def answer(self) -> Any:
        """Wait for the answer to the order.

        :raises ContestantError: with its reason, or when it has ended
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContestantError(f'{self.module} ended with {self._process.wait()}')
        reply = json.loads(line)
        if 'error' in reply:
            raise ContestantError(f'{self.module}: {reply["error"]}')
        return reply['answer']

    def measure(self, seconds: float) -> float:
        """:return: learner steps per second"""
        self.order(seconds=seconds)
        return float(self.answer())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def contestants(**specifications: dict[str, Any]) -> Iterator[dict[str, Contestant]]:
    """Start contestants, by name, each from the arguments of `Contestant`; end them at last."""
    with ExitStack() as stack:
        started = {}
        for name, specification in specifications.items():
            started[name] = Contestant(**specification)
            stack.callback(started[name].end)
        yield started


def prepare(started: Mapping[str, Contestant], case: Mapping[str, Any]) -> dict[str, str]:
    """Let one after the other build a case: where they compete, torch's may take minutes.

    :param case: what differs from the learner's defaults
    :return: their descriptions; those that cannot do it are left out, with a warning
    """
    defaults = dataclasses.asdict(SacConfig())
    described = {}
    for name, one in started.items():
        one.order(case={**defaults, **case, **one.settings})
        try:
            described[name] = str(one.answer())
        except ContestantError as error:
            print(f'bench: warning: no row for {name}: {error}', file=sys.stderr, flush=True)
    return described


def take_turns(
    started: Mapping[str, Contestant], names: Sequence[str], *, rounds: int, seconds: float
) -> dict[str, list[float]]:
    """:return: of each, the steps per second in each round"""
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            rates[name].append(started[name].measure(seconds))
    return rates


def compared(rates: Mapping[str, list[float]], first: str = 'ours') -> dict[str, object]:
    """Describe rates as median and range, and those of `first` as ratios to the others' too.

    A ratio is that of two turns in the same round; of the rounds, the median.
    """
    own = rates[first]
    result: dict[str, object] = {
        'steps_per_s': round(median(own), 2),
        'steps_per_s_range': [round(min(own), 2), round(max(own), 2)],
    }
    for name, others in rates.items():
        if name != first:
            result[f'{name}_steps_per_s'] = round(median(others), 2)
            ratios = [a / b for a, b in zip(own, others, strict=True)]
            result[f'vs_{name}'] = round(median(ratios), 2)
            result[f'vs_{name}_range'] = [round(min(ratios), 2), round(max(ratios), 2)]
    return result
