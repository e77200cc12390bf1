# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""When a run is over, with which exit code, and what is started again before."""

import pytest
from sac_bringup.exit_policy import describe_exit, Ending, ExitPolicy, Restart
from sac_bringup.process import Process
from sac_core.testing import FakeClock


def process(name: str, *, ends_run: bool = False, required: bool = True) -> Process:
    return Process(package='p', executable='e', name=name, ends_run=ends_run, required=required)


def respawned(name: str, *, ends_run: bool = False) -> Process:
    return Process(package='p', executable='e', name=name, ends_run=ends_run, respawn=True)


def test_a_run_is_complete_when_the_last_actor_has_finished() -> None:
    actors = [process('a', ends_run=True), process('b', ends_run=True)]
    rule = ExitPolicy([*actors, process('learner')])
    assert rule.exited(actors[1], 0) is None
    ending = rule.exited(actors[0], 0)
    assert isinstance(ending, Ending)
    assert ending.exit_code == 0


@pytest.mark.parametrize(('code', 'exit_code'), [(3, 3), (0, 1), (-9, 137)])
def test_a_required_process_that_ends_too_early_fails_the_run(code: int, exit_code: int) -> None:
    rule = ExitPolicy([process('a', ends_run=True), process('learner')])
    ending = rule.exited(process('learner'), code)
    assert isinstance(ending, Ending)
    assert ending.exit_code == exit_code
    assert 'learner' in ending.reason


def test_a_run_goes_on_without_a_process_that_is_not_required() -> None:
    actor, monitor = process('a', ends_run=True), process('monitor', required=False)
    rule = ExitPolicy([actor, monitor])
    assert rule.exited(monitor, 4) is None
    ending = rule.exited(actor, 0)
    assert isinstance(ending, Ending)
    assert ending.exit_code == 4
    assert ending.reason == 'all actors have finished, but monitor ended with exit code 4'


def test_a_bad_configuration_ends_the_run_whoever_reports_it() -> None:
    monitor = process('monitor', required=False)
    ending = ExitPolicy([process('a', ends_run=True), monitor]).exited(monitor, 2)
    assert isinstance(ending, Ending)
    assert ending.exit_code == 2


def test_an_exit_is_described_by_code_or_signal() -> None:
    assert describe_exit(3) == 'ended with exit code 3'
    assert describe_exit(-9) == 'killed by SIGKILL'


@pytest.mark.parametrize('code', [-9, 1, 0])
def test_a_process_that_dies_is_started_again_and_counted(code: int) -> None:
    learner = respawned('learner')
    rule = ExitPolicy([process('a', ends_run=True), learner])
    for count in (1, 2):
        restart = rule.exited(learner, code)
        assert isinstance(restart, Restart)
        assert restart.reason == f'learner {describe_exit(code)}; starting it again ({count})'


def test_a_learner_that_diverged_is_not_started_again() -> None:
    learner = respawned('learner')
    ending = ExitPolicy([process('a', ends_run=True), learner]).exited(learner, 3)
    assert ending == Ending('learner ended with exit code 3', 3)


def test_a_bad_configuration_is_not_started_again() -> None:
    learner = respawned('learner')
    ending = ExitPolicy([process('a', ends_run=True), learner]).exited(learner, 2)
    assert ending == Ending('learner ended with exit code 2', 2)


def test_an_actor_that_has_finished_is_not_started_again() -> None:
    actors = [respawned('a', ends_run=True), respawned('b', ends_run=True)]
    rule = ExitPolicy(actors)
    assert isinstance(rule.exited(actors[0], -9), Restart)
    assert rule.exited(actors[0], 0) is None
    assert rule.exited(actors[1], 0) == Ending('all actors have finished', 0)


def test_a_process_that_dies_over_and_over_fails_the_run() -> None:
    clock = FakeClock()
    learner, other = respawned('learner'), respawned('monitor')
    rule = ExitPolicy([process('a', ends_run=True), learner, other], clock)
    for _ in range(20):
        assert isinstance(rule.exited(learner, 1), Restart)
        clock.now += 5.0
    assert isinstance(rule.exited(other, 1), Restart)
    ending = rule.exited(learner, 4)
    assert isinstance(ending, Ending)
    assert ending.exit_code == 4
    assert ending.reason == 'learner ended with exit code 4, after 20 restarts in 5 minutes'


def test_a_process_that_dies_now_and_then_is_started_again_for_ever() -> None:
    clock = FakeClock()
    learner = respawned('learner')
    rule = ExitPolicy([process('a', ends_run=True), learner], clock)
    for _ in range(100):
        assert isinstance(rule.exited(learner, -9), Restart)
        clock.now += 16.0
