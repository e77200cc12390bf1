# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Output of several processes in one stream."""

import io
import threading

from sac_bringup.output import Output

CLEAR = '\r\x1b[K'


def shown(*pieces: tuple[str, bytes], in_place: bool = True, width: int = 80) -> str:
    stream = io.StringIO()
    output = Output(stream, in_place=in_place, width=lambda: width)
    for label, data in pieces:
        output.feed(label, data)
    for label in {label for label, _ in pieces}:
        output.end_of(label)
    output.close()
    return stream.getvalue()


def test_each_line_has_the_name_of_its_process() -> None:
    assert shown(('a', b'1\n2\n'), ('b', b'3\n')) == '[a] 1\n[a] 2\n[b] 3\n'


def test_a_line_that_comes_in_pieces_is_not_mixed_with_another() -> None:
    assert shown(('a', b'on'), ('b', b'x\n'), ('a', b'e\n')) == '[b] x\n[a] one\n'


def test_what_a_process_leaves_without_an_end_of_line_is_shown() -> None:
    assert shown(('a', b'last words')) == '[a] last words\n'


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert shown(('a', b'\xff\n')) == '[a] \ufffd\n'


def test_a_status_line_stays_below_the_lines_of_others() -> None:
    text = shown(('m', b'10 %\r'), ('a', b'hello\n'), ('m', b'20 %  \r'))
    assert text == f'10 %{CLEAR}[a] hello\n10 %{CLEAR}20 %{CLEAR}20 %\n'


def test_an_end_of_line_keeps_the_status_line() -> None:
    assert shown(('m', b'99 %\r\n'), ('m', b'report\n')) == '[m] 99 %\n[m] report\n'
    assert shown(('m', b'99 %\r'), ('m', b'\nreport\n')) == f'99 %{CLEAR}99 %\n[m] report\n'


def test_a_line_of_its_own_process_takes_the_place_of_a_status_line() -> None:
    text = shown(('m', b'99 %\r'), ('m', b'report\n'), ('a', b'bye\n'))
    assert text == f'99 %{CLEAR}[m] report\n[a] bye\n'


def test_a_status_line_is_cut_to_the_width_of_the_terminal() -> None:
    assert shown(('m', b'0123456789\r'), width=6).startswith(f'01234{CLEAR}')


def test_a_status_line_is_a_line_where_nothing_can_be_drawn_again() -> None:
    assert shown(('m', b'10 %\r20 %\r'), in_place=False) == '[m] 10 %\n[m] 20 %\n'


class StoppedTerminal(io.StringIO):
    """Takes nothing until it is released, as a terminal after Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        self.released.wait()
        return super().write(text)


def test_a_stopped_terminal_stops_nobody() -> None:
    terminal = StoppedTerminal()
    output = Output(terminal, in_place=False)
    for _ in range(20_000):
        output.feed('a', b'x\n')
    terminal.released.set()
    output.close()
    assert terminal.getvalue().startswith('[a] x\n[a] x\n')


class ClosedTerminal(io.StringIO):
    """Refuses all, as a terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, 'Input/output error')


def test_a_closed_terminal_stops_nobody() -> None:
    output = Output(ClosedTerminal(), in_place=False)
    output.line('one')
    output.line('two')
    output.close()
