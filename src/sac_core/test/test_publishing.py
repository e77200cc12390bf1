# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What is published without the GIL arrives as ever, and holds up no thread."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import pytest
from rclpy.duration import Duration
from sac_core.ros import qos
from sac_core.ros.testing import child_environment, Spinner
from sac_core.ros.workarounds import publishing
from sac_core.ros.workarounds.publishing import NoGilPublisher, PublishError
from sac_core.sender_thread import SenderThread
from sac_interfaces import msg
from std_msgs.msg import String

pytestmark = [pytest.mark.node, pytest.mark.timeout(60)]

MESSAGES = [
    msg.Command(actor_session=2**63 - 1, step=7, reset=True, action=array('f', [0.5, -1.0])),
    msg.PolicyWeights(learner_session=1, version=3, data=array('B', bytes(range(256)) * 1200)),
    msg.Episode(actor='/äctor', episode_return=-1e-3, evaluation=True),
    DiagnosticArray(
        status=[
            DiagnosticStatus(name='a', level=b'\x02', values=[KeyValue(key='k', value='v')]),
            DiagnosticStatus(name=''),
        ]
    ),
    String(),
]

# A thread lets a message go that the middleware keeps, which it can only while it runs.
PROGRAM = """
import os, threading
import rclpy
from rclpy.node import Node
from sac_core.ros.workarounds.publishing import NoGilPublisher
from std_msgs.msg import String

def let_go():
    os.read(kept, 1)
    os.write(gate, b'.')

rclpy.init()
publisher = NoGilPublisher(Node('test'), String, 'words', 10)
gate_end, gate = os.pipe()
kept, kept_end = os.pipe()
thread = threading.Thread(target=let_go)
thread.start()
os.environ['GATE'] = f'{gate_end} {kept_end}'
publisher.publish(String(data='hello'))
del os.environ['GATE']
thread.join()
os.close(kept_end)
print('it took too long' if os.read(kept, 1) else 'let go while it was published')
rclpy.shutdown()
"""


@pytest.fixture
def spinner() -> Iterator[Spinner]:
    with Spinner() as made:
        yield made


def test_other_threads_go_on_while_the_middleware_keeps_a_message(
    spinner: Spinner, tmp_path: Path
) -> None:
    library = tmp_path / 'kept_messages.so'
    source = Path(__file__).with_name('kept_messages.cpp')
    compiler = os.environ.get('CXX', 'g++')
    subprocess.run(
        [compiler, '-shared', '-fPIC', '-o', library, source, '-ldl'], check=True, timeout=30
    )
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM],
        env=child_environment(spinner.domain_id) | {'LD_PRELOAD': str(library)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.strip() == 'let go while it was published', done.stderr


@pytest.mark.parametrize('message', MESSAGES, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize('sends', ['at once', 'on a thread'])
def test_every_message_arrives_as_from_an_ordinary_publisher(
    spinner: Spinner, message: Any, sends: str
) -> None:
    kind = type(message)
    node = spinner.node()
    sender = SenderThread('test', depth=10) if sends == 'on a thread' else None
    ours = NoGilPublisher(node, kind, 'ours', 10, sender=sender)
    plain = node.create_publisher(kind, 'plain', 10)
    mine, its = (spinner.collect(node, kind, topic, 10) for topic in ('ours', 'plain'))
    spinner.until(lambda: ours.subscription_count and plain.get_subscription_count())
    ours.publish(message)
    plain.publish(message)
    if sender is not None:
        sender.start()
        sender.close()
    spinner.until(lambda: mine and its)
    assert mine == its == [message]
    assert ours.wait_for_all_acked(Duration(seconds=5))


def test_who_comes_late_gets_what_is_latched(spinner: Spinner) -> None:
    ours = NoGilPublisher(spinner.node(), msg.EnvSpec, 'ours', qos.qos_profile_env_spec)
    ours.publish(msg.EnvSpec(env_id='first'))
    late = spinner.node('late')
    heard = spinner.collect(late, msg.EnvSpec, 'ours', qos.qos_profile_env_spec)
    spinner.until(lambda: heard)
    assert heard[0].env_id == 'first'


def test_what_is_changed_after_publishing_was_published_before(spinner: Spinner) -> None:
    node = spinner.node()
    sender = SenderThread('test', depth=10)
    ours = NoGilPublisher(node, String, 'ours', 10, sender=sender)
    heard = spinner.collect(node, String, 'ours', 10)
    spinner.until(lambda: ours.subscription_count)
    message = String(data='before')
    ours.publish(message)
    message.data = 'after'
    sender.start()
    sender.close()
    spinner.until(lambda: heard)
    assert heard[0].data == 'before'


def test_a_message_of_another_type_is_refused(spinner: Spinner) -> None:
    ours = NoGilPublisher(spinner.node(), String, 'ours', 10)
    with pytest.raises(TypeError, match='expected String, got Command'):
        ours.publish(msg.Command())  # type: ignore[arg-type]


def test_the_middleware_says_why_it_refuses_a_message() -> None:
    with Spinner() as spinner:
        ours = NoGilPublisher(spinner.node(), String, 'ours', 10)
        spinner.context.shutdown()
        for _ in range(2):  # a reason that was left behind would be printed with the next one
            with pytest.raises(PublishError, match='context is invalid'):
                ours.publish(String())


def test_without_rcl_messages_go_the_ordinary_way_and_one_line_says_so(
    spinner: Spinner, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise OSError('librcl.so: no such file')

    monkeypatch.setattr(publishing, 'load_rcl', fail)
    node = spinner.node()
    publishers = [NoGilPublisher(node, String, topic, 10) for topic in ('one', 'two')]
    heard = [spinner.collect(node, String, topic, 10) for topic in ('one', 'two')]
    spinner.until(lambda: all(each.subscription_count for each in publishers))
    for each in publishers:
        each.publish(String(data='hello'))
    spinner.until(lambda: all(heard))
    assert heard[0] == heard[1] == [String(data='hello')]
    assert capfd.readouterr().err.count('librcl.so: no such file') == 1
