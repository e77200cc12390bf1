# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Actors are killed in mid-training and replaced: the learner has each of their steps once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import signal

import pytest
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_interfaces.msg import ActorStatus, LearnerStatus

pytestmark = pytest.mark.timeout(120)
STEPS = 600  # of each actor
_SHARED = (
    names.TRANSITIONS,
    names.TRANSITION_ACK,
    names.POLICY_WEIGHTS,
    names.EPISODE,
    names.ACTOR_STATUS,
    names.ENV_SPEC,
)


class Fleet:
    """A learner, and robots with an actor each in a namespace of its own."""

    def __init__(self, directory: Path, *, lockstep: bool) -> None:
        self._directory = directory
        self._lockstep = lockstep
        self.spinner = Spinner()
        node = self.spinner.node()
        self._statuses: list[ActorStatus] = self.spinner.collect(
            node, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.learner_statuses: list[LearnerStatus] = self.spinner.collect(
            node, LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self.processes: dict[str, NodeProcess] = {}
        self._start(
            'learner',
            'sac_learner.learner_node',
            hidden_dims=[8],
            batch_size=8,
            threads=1,
            lockstep=str(lockstep).lower(),
        )

    def _start(self, name: str, module: str, namespace: str = '', **parameters: object) -> None:
        remappings = {topic: f'/{topic}' for topic in _SHARED} if namespace else {}
        self.processes[name] = NodeProcess(
            module,
            domain_id=self.spinner.domain_id,
            parameters=parameters,
            remappings=remappings | ({'__ns': f'/{namespace}'} if namespace else {}),
        )

    def start_robot(self, name: str) -> None:
        self._start(f'{name} bridge', 'sim_bridge.sim_bridge_node', name, env_id='Pendulum-v1')

    def start_actor(self, name: str) -> None:
        self._start(
            name,
            'sac_actor.actor_node',
            name,
            state_dir=self._directory / name,
            max_env_steps=STEPS,
            control_rate=0.0 if self._lockstep else 150.0,
            status_period=0.05,
        )

    def status(self, name: str) -> ActorStatus:
        """The newest status of an actor; blank before the first."""
        own = [each for each in self._statuses if each.actor == f'/{name}/actor']
        return own[-1] if own else ActorStatus()

    def until_step(self, name: str, step: int) -> None:
        self.spinner.until(lambda: self.status(name).env_steps >= step, timeout=60)

    def until_finished(self, name: str) -> None:
        process = self.processes[name]
        self.spinner.until(lambda: process.child.poll() is not None, timeout=60)
        assert process.end()[0] == 0
        final = self.spinner.until(lambda: self.status(name).final and self.status(name))
        assert final.exit_reason == 'max_env_steps'
        assert final.env_steps == final.transitions_acked == STEPS
        assert final.transitions_dropped == 0

    def end_learner(self) -> LearnerStatus:
        self.processes['learner'].child.send_signal(signal.SIGINT)
        self.spinner.until(lambda: self.learner_statuses[-1].final, timeout=60)
        assert self.processes['learner'].end()[0] == 0
        return self.learner_statuses[-1]

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
        self.spinner.close()


@pytest.fixture
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path, lockstep=request.param)
    yield made
    made.close()


@pytest.mark.parametrize('fleet', [False], indirect=True, ids=['clock'])
def test_two_actors_are_accounted_for_apart_while_one_is_killed_and_replaced(
    fleet: Fleet,
) -> None:
    for name in ('a', 'b'):
        fleet.start_robot(name)
        fleet.start_actor(name)
    fleet.until_step('a', 200)
    fleet.processes['a'].kill()
    assert fleet.status('a').env_steps < STEPS
    fleet.start_actor('a')
    for name in ('a', 'b'):
        fleet.until_finished(name)
    learner = fleet.end_learner()
    assert (learner.env_steps, learner.lost) == (2 * STEPS, 0)


@pytest.mark.parametrize('fleet', [True], indirect=True, ids=['lockstep'])
def test_lockstep_goes_on_with_another_actor(fleet: Fleet) -> None:
    fleet.start_robot('a')
    fleet.start_actor('a')
    fleet.until_step('a', 350)
    fleet.processes['a'].kill()
    assert fleet.status('a').env_steps < STEPS
    fleet.start_actor('a')
    fleet.until_finished('a')
    learner = fleet.end_learner()
    assert (learner.env_steps, learner.lost, learner.steps_owed) == (STEPS, 0, 0.0)
