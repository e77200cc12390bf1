# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who hands something over goes on, whatever keeps the thread that sends it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
import threading

import pytest
from sac_core.sender_thread import SenderThread

pytestmark = pytest.mark.timeout(20)


class Line:
    """A line on which a message may be kept until the test lets it go."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.kept = threading.Event()
        self._let_go = threading.Event()

    def send(self, number: int) -> None:
        self.sent.append(number)

    def keep(self) -> None:
        self.kept.set()
        self._let_go.wait()

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.let_go()


def begin(depth: int) -> SenderThread:
    sender = SenderThread('test', depth=depth)
    sender.start()
    return sender


def test_everything_goes_out_in_order_from_several_threads(line: Line) -> None:
    sender = begin(depth=10_000)

    def give(start: int) -> None:
        for number in range(start, start + 1000):
            sender.put(partial(line.send, number))

    threads = [threading.Thread(target=give, args=(1000 * index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sender.close()
    assert sorted(line.sent) == list(range(3000))
    for index in range(3):
        mine = [number for number in line.sent if number // 1000 == index]
        assert mine == sorted(mine)


def test_with_room_for_one_only_the_newest_goes_out_once_the_line_is_free(line: Line) -> None:
    sender = begin(depth=1)
    sender.put(line.keep)
    assert line.kept.wait(10)
    for number in range(5):
        sender.put(partial(line.send, number))
    line.let_go()
    sender.close()
    assert line.sent == [4]
    assert sender.dropped == 4


def test_what_was_handed_over_before_the_end_goes_out_and_nothing_later(line: Line) -> None:
    sender = begin(depth=10)
    sender.put(line.keep)
    assert line.kept.wait(10)
    sender.put(partial(line.send, 1))
    end = threading.Thread(target=sender.close)
    end.start()
    line.let_go()
    end.join()
    sender.put(partial(line.send, 2))
    sender.close()
    assert line.sent == [1]


def test_a_failure_is_told_and_ends_the_sending(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise OSError('the wire is cut')

    sender = begin(depth=10)
    sender.put(fail)
    sender.close()
    assert 'test cannot be sent' in sender.failure
    assert 'the wire is cut' in sender.failure
    assert 'Traceback' in capsys.readouterr().err


def test_one_that_never_began_ends_at_once(line: Line) -> None:
    sender = SenderThread('test', depth=1)
    sender.put(partial(line.send, 1))
    sender.close()
    assert line.sent == []
