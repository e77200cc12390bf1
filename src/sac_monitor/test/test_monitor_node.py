# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The real monitor process hears fake actors and a fake learner, and is told to end."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
import signal
import time

from matplotlib.image import imread
import pytest
import yaml

pytest.importorskip('rclpy')

from rclpy.parameter import Parameter
from sac_core.ros import names, qos
from sac_core.ros.testing import claim_domain_id, Spinner
from sac_interfaces.msg import ActorStatus
from sac_monitor.run_directory import read_lines

from .fake_run import LONGEST_END, Monitor, Robot

pytestmark = pytest.mark.node


@pytest.fixture(scope='module')
def domain_id() -> int:
    return claim_domain_id()


@pytest.fixture
def spinner(domain_id: int) -> Iterator[Spinner]:
    with Spinner(domain_id) as spinner:
        yield spinner


@pytest.fixture
def start(spinner: Spinner) -> Iterator[object]:
    """Start monitors, and leave none behind."""
    started: list[Monitor] = []

    def start_monitor(*parameters: str) -> Monitor:
        started.append(Monitor(spinner, 'metrics_period:=0.2', 'summary_period:=0.5', *parameters))
        return started[-1]

    yield start_monitor
    for monitor in started:
        if monitor.process.poll() is None:
            monitor.process.kill()
        monitor.process.communicate()


def summary(run_dir: Path) -> dict[str, object]:
    return json.loads((run_dir / 'summary.json').read_text())


def holds(run_dir: Path, **wanted: object) -> bool:
    """Whether the summary on disk holds these values by now."""
    path = run_dir / 'summary.json'
    return path.exists() and wanted.items() <= summary(run_dir).items()


@pytest.mark.timeout(90)
def test_a_run_ended_by_sigint_leaves_complete_files(spinner, start, tmp_path):
    run_dir = tmp_path / 'runs' / 'one'
    robot = Robot(spinner)
    monitor = start(f'run_dir:={run_dir}', 'max_env_steps:=2000', 'progress:=line')
    robot.begin_run(run_dir)
    for number in range(10):
        robot.publish_episode(number)
        robot.publish_actor(200 * (number + 1), episodes=number + 1)
        robot.publish_learner(200 * (number + 1))
    spinner.until(lambda: holds(run_dir, env_steps=2000, exit_reason='running'))
    monitor.process.send_signal(signal.SIGINT)
    spinner.until(lambda: holds(run_dir, exit_reason='interrupted'))
    assert monitor.process.poll() is None  # it waits for the last words
    robot.publish_actor(2000, episodes=10, final=True, exit_reason='max_env_steps')
    robot.publish_learner(2001, final=True, exit_reason='SIGINT', duplicates=4)
    code, output, errors = monitor.wait()

    assert (code, errors) == (0, '')
    wanted = {
        'env_id': 'Pendulum-v1',
        'seed': 7,
        'exit_reason': 'max_env_steps',
        'env_steps': 2000,
        'episodes': 10,
        'final_return_mean': -450.0,
        'learner_steps': 2001,
        'critic_updates': 16008,
        'measured_utd': 8.0,
        'transitions_sent': 2000,
        'transitions_stored': 2001,
        'duplicates': 4,
        'lost': 0,
        'unfinished': [],
    }
    final = summary(run_dir)
    assert {name: final[name] for name in wanted} == wanted
    assert final['wall_s'] > 0
    episodes = read_lines(run_dir / 'episodes.jsonl')
    assert [each['env_steps'] for each in episodes] == [200 * n for n in range(1, 11)]
    last = read_lines(run_dir / 'metrics.jsonl')[-1]
    assert (last['env_steps'], last['critic_loss'], last['temperature']) == (2000, None, 0.1)
    assert imread(run_dir / 'learning_curve.png').shape[1] > 800
    config = yaml.safe_load((run_dir / 'config.yaml').read_text())
    assert config['/learner']['ros__parameters']['hidden_dims'] == [256, 256]
    assert config['/actor']['ros__parameters']['control_rate'] == 50.0
    assert config['/monitor']['ros__parameters']['max_env_steps'] == 2000
    assert '2,000/2,000  return -450.0' in output
    assert 'run of Pendulum-v1 ended: max_env_steps' in output
    assert all(len(line) == 119 for line in output.partition('\n')[0].split('\r')[:-1])


@pytest.mark.timeout(90)
def test_without_a_learner_only_the_actor_is_awaited(spinner, start, tmp_path):
    robot = Robot(spinner, learner=False)
    monitor = start(f'run_dir:={tmp_path}', 'progress:=plain')
    robot.begin_run(tmp_path)
    robot.publish_actor(40)
    spinner.until(lambda: holds(tmp_path, env_steps=40))
    monitor.process.send_signal(signal.SIGTERM)
    spinner.until(lambda: holds(tmp_path, exit_reason='interrupted'))
    robot.publish_actor(41, final=True, exit_reason='SIGTERM')
    code, output, _ = monitor.wait()
    assert code == 0
    assert summary(tmp_path)['exit_reason'] == 'SIGTERM'
    assert summary(tmp_path)['transitions_stored'] is None
    assert 'waiting for a robot (no env_spec yet)\n' in output


@pytest.mark.timeout(90)
def test_last_words_that_never_come_are_named_when_time_is_up(spinner, start, tmp_path):
    robot = Robot(spinner)
    monitor = start(f'run_dir:={tmp_path}', 'summary_timeout:=1.0')
    robot.begin_run(tmp_path)
    robot.publish_actor(40)
    robot.publish_learner(40)
    spinner.until(lambda: holds(tmp_path, env_steps=40, learner_steps=40))
    monitor.process.send_signal(signal.SIGINT)
    code, _, _ = monitor.wait()
    assert code == 0
    assert summary(tmp_path)['exit_reason'] == ('interrupted, no last status from actor, learner')
    assert summary(tmp_path)['unfinished'] == ['actor', 'learner']


@pytest.mark.timeout(90)
def test_processes_that_are_gone_are_not_waited_for(spinner, start, tmp_path):
    robot = Robot(spinner, learner=False)
    monitor = start(f'run_dir:={tmp_path}', 'summary_timeout:=60.0')
    robot.begin_run(tmp_path)
    robot.publish_actor(40)
    spinner.until(lambda: holds(tmp_path, env_steps=40))
    spinner.remove(robot.actor_node)
    began = time.monotonic()
    monitor.process.send_signal(signal.SIGINT)
    assert monitor.wait()[0] == 0
    assert time.monotonic() - began < LONGEST_END / 2
    assert summary(tmp_path)['unfinished'] == ['actor']


@pytest.mark.timeout(90)
def test_a_run_without_run_dir_writes_nothing(spinner, start, tmp_path):
    robot = Robot(spinner, learner=False)
    monitor = start("progress:='off'")
    robot.wait_for_monitor()
    robot.publish_spec()
    robot.publish_actor(40, final=True)
    monitor.process.send_signal(signal.SIGINT)
    assert monitor.wait() == (0, '', '')


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        (['run_dir:=/proc/run'], 'run_dir /proc/run cannot be written'),
        (['progress:=loud'], "progress must be one of ['auto', 'line', 'plain', 'off']"),
        (['plot_period:=-1.0'], 'plot_period must be in [1, 3600], got -1.0'),
        (['plot_perod:=5.0'], "unknown parameters ['plot_perod']"),
    ],
)
def test_bad_configuration_is_one_line_and_exit_code_2(start, parameters, message):
    code, output, errors = start(*parameters).wait()
    assert (code, output) == (2, '')
    assert errors.startswith('monitor: error: ')
    assert message in errors
    assert errors.count('\n') == 1


@pytest.mark.timeout(90)
def test_the_directory_of_another_run_is_refused(start, tmp_path):
    (tmp_path / 'summary.json').write_text('{}')
    code, _, errors = start(f'run_dir:={tmp_path}').wait()
    assert code == 2
    assert errors.startswith(f'monitor: error: run_dir {tmp_path} holds another run')
    assert (tmp_path / 'summary.json').read_text() == '{}'


AGAIN = {'monitor': 1, 'bridge': 0, 'actor': 0, 'learner': 0}


@pytest.mark.timeout(90)
def test_a_run_that_comes_second_to_the_topics_of_another_ends(spinner, start, tmp_path):
    robot, other = Robot(spinner, learner=False), spinner.node('actor', namespace='/')
    rival = other.create_publisher(ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status)
    monitor = start(f'run_dir:={tmp_path}')
    robot.wait_for_monitor()
    robot.publish_spec()

    def both_speak() -> bool:
        robot.publish_actor(40)
        rival.publish(ActorStatus(actor='/actor', actor_session=12, state='running'))
        return monitor.process.poll() is not None

    spinner.until(both_speak)
    code, _, errors = monitor.wait()
    assert code == 2
    assert errors.startswith('monitor: error: two nodes /actor speak at the same time: another ')
    assert errors.rstrip().endswith('give one of them namespace:=NAME or another ROS_DOMAIN_ID')
    assert 'two nodes' in str(summary(tmp_path)['exit_reason'])


# The last one: what is killed stays in the graph of the domain for a while.
@pytest.mark.timeout(90)
def test_a_killed_monitor_leaves_a_recent_summary_and_a_second_one_goes_on(
    spinner, start, tmp_path
):
    robot = Robot(spinner)
    first = start(f'run_dir:={tmp_path}', 'resume:=true')
    robot.begin_run(tmp_path)
    robot.publish_episode(0)
    robot.publish_actor(200)
    robot.publish_learner(200)
    spinner.until(lambda: holds(tmp_path, env_steps=200, exit_reason='running'))
    first.process.kill()
    first.process.wait(timeout=LONGEST_END)
    assert holds(tmp_path, env_steps=200, exit_reason='running')

    second = start(f'run_dir:={tmp_path}', 'resume:=true')

    def has_begun_again() -> bool:
        robot.publish_actor(200)  # a status like those that an actor repeats
        return second.process.poll() is None and holds(tmp_path, restarts=AGAIN)

    spinner.until(has_begun_again)
    robot.begin_run(tmp_path)
    robot.publish_actor(250, session=12, final=True, exit_reason='max_env_steps')
    robot.publish_learner(250, final=True)
    spinner.until(lambda: holds(tmp_path, env_steps=250, transitions_stored=250))
    second.process.send_signal(signal.SIGINT)
    assert second.wait()[0] == 0
    assert holds(tmp_path, env_steps=250, episodes=1, exit_reason='max_env_steps')
    assert not (tmp_path / 'config_1.yaml').exists()  # nothing was another than before
    assert len(read_lines(tmp_path / 'episodes.jsonl')) == 1


@pytest.mark.timeout(90)
def test_what_people_change_is_recorded_and_the_monitors_own_rate_with_it(
    spinner, start, tmp_path
):
    robot = Robot(spinner, learner=False)
    monitor = start(f'run_dir:={tmp_path}', 'metrics_period:=600.0')
    robot.begin_run(tmp_path)
    robot.publish_actor(40)
    spinner.until(lambda: holds(tmp_path, env_steps=40))
    robot.actor_node.set_parameters([Parameter('control_rate', value=50.0)])  # as it was
    robot.actor_node.set_parameters([Parameter('control_rate', value=20.0)])
    changes = spinner.until(lambda: read_lines(tmp_path / 'changes.jsonl'))
    told = {'env_steps': 40, 'node': '/actor', 'name': 'control_rate'}
    assert len(changes) == 1
    assert {name: changes[0][name] for name in told} == told
    assert (changes[0]['before'], changes[0]['value']) == (50.0, 20.0)
    config = yaml.safe_load((tmp_path / 'config.yaml').read_text())
    assert config['/actor']['ros__parameters']['control_rate'] == 20.0
    assert spinner.set_parameter('/monitor', 'metrics_period', 0.1).successful
    spinner.until(lambda: len(read_lines(tmp_path / 'metrics.jsonl')) > 3)
    assert 'cannot be changed' in spinner.set_parameter('/monitor', 'actors', 2).reason
    robot.publish_actor(41, final=True)
    monitor.process.send_signal(signal.SIGINT)
    assert monitor.wait()[0] == 0


@pytest.mark.timeout(90)
def test_a_monitor_that_hears_another_run_first_ends_and_names_it(spinner, start, tmp_path):
    robot = Robot(spinner)
    monitor = start(f'run_dir:={tmp_path / "run"}', 'run_id:=5')
    robot.wait_for_monitor()
    robot.publish_episode(0)
    robot.publish_actor(40)
    code, _, errors = monitor.wait()
    assert code == 2
    assert 'monitor: error: /actor belongs to no run (run_id 0: started by hand)' in errors
    assert not (tmp_path / 'run').exists()
