# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Bridge, learner and actor find each other in any order, and another learner when one dies."""

from __future__ import annotations

from collections.abc import Iterator
import signal
import subprocess
import sys

import pytest
from sac_core.child_process import bound_to_this_process
from sac_core.ros import names, qos
from sac_core.ros.testing import child_environment, Spinner
from sac_interfaces.msg import ActorStatus, LearnerStatus

pytestmark = pytest.mark.timeout(120)
STEPS = 1000
PROCESSES = {
    'bridge': ('sim_bridge.sim_bridge_node', {'env_id': 'Pendulum-v1'}),
    'learner': (
        'sac_learner.learner_node',
        {'hidden_dims': [8], 'batch_size': 8, 'threads': 1, 'status_period': 0.1},
    ),
    'actor': ('sac_actor.actor_node', {'max_env_steps': STEPS, 'status_period': 0.1}),
}


class Trio:
    """The three processes, and what two of them say of themselves."""

    def __init__(self, *, lockstep: bool) -> None:
        self.spinner = Spinner()
        node = self.spinner.node()
        self.actor: list[ActorStatus] = self.spinner.collect(
            node, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.learner: list[LearnerStatus] = self.spinner.collect(
            node, LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._pace = {
            'learner': {'lockstep': 'true' if lockstep else 'false'},
            'actor': {'control_rate': 0.0 if lockstep else 250.0},
        }

    def start(self, name: str) -> None:
        module, settings = PROCESSES[name]
        values = {**settings, **self._pace.get(name, {})}
        overrides = [part for key, value in values.items() for part in ('-p', f'{key}:={value}')]
        code = f'from {module} import main; exit(main())'
        self.children[name] = subprocess.Popen(
            [sys.executable, '-c', code, '--ros-args', *overrides],
            env=child_environment(self.spinner.domain_id),
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )

    def until_waiting(self, name: str) -> None:
        """Wait until a process says what it waits for, so that the next comes after it."""
        if name != 'bridge':
            statuses = self.actor if name == 'actor' else self.learner
            self.spinner.until(lambda: statuses and statuses[-1].waiting_for, timeout=60)

    def until_finished(self) -> None:
        self.spinner.until(lambda: self.children['actor'].poll() is not None, timeout=40)
        assert self.children['actor'].returncode == 0
        self.spinner.until(lambda: self.actor[-1].final)
        assert self.actor[-1].exit_reason == 'max_env_steps'
        assert self.actor[-1].transitions_acked == STEPS

    def interrupt(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGINT)
        self.spinner.until(lambda: self.children[name].poll() is not None, timeout=60)
        assert self.children[name].returncode == 0

    def close(self) -> None:
        for child in self.children.values():
            child.kill()
            child.wait()
        self.spinner.close()


@pytest.fixture
def trio(request: pytest.FixtureRequest) -> Iterator[Trio]:
    made = Trio(lockstep=request.param)
    yield made
    made.close()


@pytest.mark.parametrize('trio', [False], indirect=True, ids=['clock'])
@pytest.mark.parametrize(
    'order', ['actor learner bridge', 'learner bridge actor', 'bridge actor learner']
)
def test_they_find_each_other_whoever_comes_last(trio: Trio, order: str) -> None:
    *first, last = order.split()
    for name in first:
        trio.start(name)
        trio.until_waiting(name)
    trio.start(last)
    trio.until_finished()
    trio.interrupt('learner')
    trio.spinner.until(lambda: trio.learner[-1].final)
    final = trio.learner[-1]
    assert (final.env_steps, final.duplicates, final.lost) == (STEPS, 0, 0)
    trio.interrupt('bridge')


@pytest.mark.parametrize('trio', [False, True], indirect=True, ids=['clock', 'lockstep'])
def test_an_actor_finishes_with_another_learner_after_the_first_was_killed(trio: Trio) -> None:
    for name in PROCESSES:
        trio.start(name)
    trio.spinner.until(lambda: trio.actor and trio.actor[-1].env_steps > 60, timeout=60)
    assert trio.actor[-1].env_steps < STEPS
    trio.children['learner'].kill()
    trio.children['learner'].wait()
    trio.learner.clear()
    trio.start('learner')
    trio.until_finished()
    trio.interrupt('learner')
    trio.spinner.until(lambda: trio.learner[-1].final)
    assert 0 < trio.learner[-1].env_steps < STEPS
    assert trio.learner[-1].lost == 0
