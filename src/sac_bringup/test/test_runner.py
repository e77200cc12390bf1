# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with real processes: how a run ends, and that nothing is left of it."""

from __future__ import annotations

import signal

import pytest

from .runner_fakes import ENDS_RUN, EXTRA, Fakes, finish, read_until, RESPAWNED

pytestmark = pytest.mark.timeout(30)


def test_a_run_ends_well_when_the_last_actor_has_finished(fakes: Fakes) -> None:
    runner = fakes.start(('obedient', {}), ('finished', ENDS_RUN))
    code, lines = finish(runner)
    assert code == 0
    assert '[finished] done' in lines
    assert '[runner] finished ended with exit code 0' in lines
    assert '[runner] all actors have finished; ending the run' in lines
    fakes.wait_until_all_are_gone()


def test_a_failed_process_ends_the_rest_and_gives_its_exit_code(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('failed', {})))
    assert code == 3
    assert '[failed] unfinished' in lines
    assert '[runner] failed ended with exit code 3; ending the run' in lines
    fakes.wait_until_all_are_gone()


def test_a_killed_process_ends_the_rest_and_is_reported(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('killed', {})))
    assert code == 128 + signal.SIGKILL
    assert '[runner] killed killed by SIGKILL; ending the run' in lines


def test_the_run_goes_on_without_a_process_that_is_not_required(fakes: Fakes) -> None:
    runner = fakes.start(('obedient', ENDS_RUN), ('failed', EXTRA))
    read_until(runner.stdout, '[runner] failed ended with exit code 3', '[obedient] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert '[obedient] got SIGINT 1' in lines
    assert code == 3


def test_a_refused_configuration_ends_the_run_whoever_reports_it(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('refused', EXTRA)))
    assert code == 2
    assert '[runner] refused ended with exit code 2; ending the run' in lines


def test_a_respawned_process_is_started_again_until_it_finishes(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', {}), ('mortal', RESPAWNED | ENDS_RUN)))
    assert code == 0
    assert [line for line in lines if 'mortal' in line] == [
        '[mortal] life 1',
        '[runner] mortal killed by SIGKILL; starting it again (1)',
        '[mortal] life 2',
        '[runner] mortal killed by SIGKILL; starting it again (2)',
        '[mortal] life 3',
        '[runner] mortal ended with exit code 0',
    ]
    fakes.wait_until_all_are_gone()


def test_nothing_is_started_again_once_the_run_ends(fakes: Fakes) -> None:
    runner = fakes.start(('killed', RESPAWNED), ('obedient', ENDS_RUN))
    wanted = '[runner] killed killed by SIGKILL; starting it again (1)'
    read_until(runner.stdout, wanted, '[obedient] ready')
    runner.send_signal(signal.SIGINT)
    code, lines = finish(runner)
    assert code == 0
    assert not any(line.startswith('[killed]') or 'again' in line for line in lines)
    fakes.wait_until_all_are_gone()


def test_a_process_that_refuses_its_configuration_is_not_started_again(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('refused', RESPAWNED), ('obedient', ENDS_RUN)))
    assert code == 2
    assert '[runner] refused ended with exit code 2; ending the run' in lines


def test_nothing_is_started_where_an_executable_is_missing(fakes: Fakes) -> None:
    code, lines = finish(fakes.start(('obedient', ENDS_RUN), ('nowhere', {})))
    assert code == 1
    assert lines[-1].endswith('lib/fake/nowhere is not an executable: is the workspace built?')
    assert not any('obedient' in line for line in lines)
