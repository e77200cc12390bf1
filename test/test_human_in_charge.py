# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A person takes the robot over, stops it, releases it and has it measured, in whole runs."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
import os
from pathlib import Path
import signal

import pytest
from real_run import Run, Runner
from sac_core.ros import names, qos
from sac_core.ros.testing import Spinner
from sac_interfaces.msg import ActorStatus, Command, Observation
from sac_monitor.run_directory import METRICS, read_lines
from sensor_msgs.msg import Joy
from std_msgs.msg import Bool
from std_srvs.srv import SetBool
import yaml

DEADMAN, EMERGENCY = 4, 1


class Person:
    """Holds a joystick and watches robot and actor."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        node = self.node = spinner.node('person')
        self._joys = node.create_publisher(Joy, names.JOY, qos.qos_profile_intervention)
        self._joy = Joy(axes=array('f', [0.0]), buttons=array('i', [0] * 6))
        node.create_timer(0.02, lambda: self._joys.publish(self._joy))
        collect = spinner.collect
        self.statuses: list[ActorStatus] = collect(
            node, ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.commands: list[Command] = collect(
            node, Command, names.COMMAND, qos.qos_profile_command
        )
        self.observations: list[Observation] = collect(
            node, Observation, names.OBSERVATION, qos.qos_profile_observation
        )

    @property
    def status(self) -> ActorStatus:
        return self.statuses[-1] if self.statuses else ActorStatus()

    def until_steps_more(self, count: int) -> None:
        begin = self.status.env_steps
        self.spinner.until(lambda: self.status.env_steps > begin + count, timeout=40)

    def tilt(self, value: float, *buttons: int) -> None:
        self._joy = Joy(
            axes=array('f', [value]), buttons=array('i', [n in buttons for n in range(6)])
        )

    def release(self) -> bool:
        client = self.node.create_client(SetBool, '/actor/hold')
        self.spinner.until(client.service_is_ready)
        future = client.call_async(SetBool.Request(data=False))
        self.spinner.until(future.done)
        return bool(future.result().success)


@pytest.fixture
def person(runner: Runner) -> Iterator[Person]:
    with Spinner(int(runner.environment['ROS_DOMAIN_ID'])) as spinner:
        yield Person(spinner)


def write_parameters(path: Path, base: Path, **actor: object) -> Path:
    """Add a table for Pendulum's one action, and settings of the actor, to the learner's."""
    parameters = yaml.safe_load(base.read_text())
    parameters['actor'] = {'ros__parameters': {'status_period': 0.1, **actor}}
    parameters['joy_teleop'] = {'ros__parameters': {'axes': [0], 'scales': [1.0]}}
    path.write_text(yaml.safe_dump(parameters))
    return path


@pytest.mark.timeout(120)
def test_a_joystick_drives_and_stops_the_robot_and_an_operator_releases_it(
    runner: Runner, person: Person, tmp_path: Path, small_learner: Path
) -> None:
    parameters = write_parameters(tmp_path / 'person.yaml', small_learner)
    directory = tmp_path / 'run'
    process = runner.start(
        'train',
        'env_id:=Pendulum-v1',
        'teleop:=joy',
        f'params_file:={parameters}',
        f'run_dir:={directory}',
    )
    until = person.spinner.until
    until(lambda: person.status.state == 'running' and person.commands, timeout=40)
    person.tilt(1.0, DEADMAN)
    until(lambda: person.commands[-1].action.tolist() == [2.0])  # its limit
    until(lambda: person.status.intervened_steps > 10)
    person.tilt(1.0)
    until(lambda: person.commands[-1].action.tolist() != [2.0])

    person.tilt(0.0, EMERGENCY)
    until(lambda: person.observations[-1].truncated and person.commands[-1].stop)
    still, count = person.observations[-1], len(person.commands)
    until(lambda: len(person.commands) > count + 20)
    newest = person.observations[-1]
    assert (newest.episode_id, newest.step) == (still.episode_id, still.step)
    assert (person.status.state, person.status.stop_reason) == ('holding', 'emergency stop')
    assert person.status.stop_code == person.status.STOP_EMERGENCY

    person.tilt(0.0)
    assert not person.release()
    button = person.node.create_publisher(
        Bool, names.EMERGENCY_STOP, qos.qos_profile_emergency_stop
    )
    button.publish(Bool(data=False))
    until(lambda: person.status.stop_reason == 'held by an operator')
    assert person.release()
    person.until_steps_more(20)
    assert person.status.state == 'running'

    # Where DDS loses a greeting, it repeats it after as long as all of this took: until then the
    # monitor knows nothing of the learner.
    until(lambda: any(line['transitions_stored'] for line in read_lines(directory / METRICS)))
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=40)
    run = Run(process.returncode, output, directory)
    assert run.exit_code == 0, output
    summary = run.summary
    assert summary['transitions_sent'] == summary['transitions_stored']
    assert summary['duplicates'] == summary['lost'] == 0


@pytest.mark.timeout(240)
def test_evaluations_in_lockstep_repeat_and_leave_the_data_as_it_is(
    runner: Runner, tmp_path: Path, small_learner: Path
) -> None:
    parameters = write_parameters(tmp_path / 'evaluate.yaml', small_learner, eval_period=200)
    runs = [
        runner.run(
            'train',
            'env_id:=Pendulum-v1',
            'control_rate:=0',
            'max_env_steps:=500',
            'eval_episodes:=2',
            f'params_file:={parameters}',
            name=name,
        )
        for name in ('first', 'second')
    ]
    for run in runs:
        assert run.exit_code == 0, run.output
    episodes = [run.lines('episodes.jsonl') for run in runs]
    for run, lines in zip(runs, episodes, strict=True):
        marks = [line['evaluation'] for line in lines]
        assert marks == [False, True, True, False, True, True, True, True]
        assert run.summary['transitions_stored'] == run.summary['env_steps'] == 500
        returns = [line['episode_return'] for line in lines[-2:]]
        assert run.summary['eval_return_mean'] == pytest.approx(sum(returns) / 2)
    returns, again = ([line['episode_return'] for line in lines] for lines in episodes)
    assert returns == again
