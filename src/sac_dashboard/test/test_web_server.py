# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The server on a real port: who gets in, what is streamed, and how it begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
import socket

import pytest
from sac_dashboard.commands import Answer, Command
from sac_dashboard.dashboard_state import DashboardState
from sac_dashboard.web_app import PAGE, WebApp
from sac_dashboard.web_server import choose_token, is_loopback, WebServer

from .reports import actor_report
from .web_client import ask, command, events

TOKEN = 'a-token_of-24-characters'
JSON = {'content_type': 'application/json'}


class Run:
    """A state, and a list of the commands that the server gave."""

    def __init__(self) -> None:
        self.state = DashboardState()
        self.commands: list[Command] = []
        self.answers = True
        self.app = WebApp(self.state, self._submit, update_period=0.05, answer_timeout=0.2)

    def _submit(self, given: Command) -> Future[Answer]:
        self.commands.append(given)
        answer: Future[Answer] = Future()
        if self.answers:
            answer.set_result(Answer(True, 'done'))
        return answer


Serve = Callable[..., WebServer]


@pytest.fixture(scope='module')
def shared_run() -> Run:
    return Run()


@pytest.fixture(scope='module')
def servers(shared_run: Run) -> Iterator[dict[str | None, WebServer]]:
    """Servers of one run by their token, which all tests use that do not end them."""
    started: dict[str | None, WebServer] = {}
    yield started
    for each in started.values():
        each.close()


@pytest.fixture
def run(shared_run: Run) -> Run:
    shared_run.commands.clear()
    shared_run.answers = True
    return shared_run


@pytest.fixture
def serve(run: Run, servers: dict[str | None, WebServer]) -> Serve:
    def find(token: str | None = None) -> WebServer:
        if token not in servers:
            servers[token] = WebServer(run.app, host='127.0.0.1', port=0, token=token)
            servers[token].start()
        return servers[token]

    return find


@pytest.fixture
def fresh() -> Iterator[tuple[Run, WebServer]]:
    """Serve a run that nobody has looked at before."""
    run = Run()
    server = WebServer(run.app, host='127.0.0.1', port=0, token=None)
    server.start()
    yield run, server
    server.close()


def test_it_serves_the_page_and_all_that_belongs_to_it(serve: Serve) -> None:
    port = serve().port
    page = ask(port)
    assert page.status == 200
    assert b'<script type="module" src="page.js">' in page.body
    for path in PAGE.iterdir():
        assert ask(port, f'/{path.name}').status == 200
    assert ask(port, '/../web_app.py').status == 404
    assert ask(port, '/%2e%2e/web_app.py').status == 404


def test_the_page_loads_nothing_from_elsewhere_and_shows_in_no_frame(serve: Serve) -> None:
    policy = ask(serve().port).headers['content-security-policy']
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for path in PAGE.iterdir():
        assert '://' not in path.read_text(), f'{path.name} names another host'


@pytest.mark.parametrize('host', ['127.0.0.1:1', 'localhost', 'localhost:9000', '[::1]:9000'])
def test_this_machine_may_be_called_by_its_names_also_through_a_tunnel(
    serve: Serve, host: str
) -> None:
    assert ask(serve().port, host=host).status == 200


@pytest.mark.parametrize('path', ['/', '/events', '/page.js'])
@pytest.mark.parametrize('host', ['evil.example', 'localhost.evil.example:80', '', '127.0.0.1.x'])
def test_a_web_site_that_gives_this_machine_its_own_name_gets_nothing(
    serve: Serve, path: str, host: str
) -> None:
    assert ask(serve().port, path, host=host).status == 403


@pytest.mark.parametrize('token', [None, TOKEN])
@pytest.mark.parametrize('origin', ['http://evil.example', 'http://127.0.0.1:1', 'null'])
def test_another_site_may_neither_press_a_button_nor_listen(
    run: Run, serve: Serve, origin: str, token: str | None
) -> None:
    port = serve(token).port
    body = b'{"command": "press_emergency_stop"}'
    sent = {'origin': origin, 'authorization': f'Bearer {TOKEN}'}
    refused = ask(port, '/command', method='POST', body=body, **sent, **JSON)
    assert refused.status == 403
    assert ask(port, '/events', **sent).status == 403
    assert run.commands == []
    sent['origin'] = f'http://127.0.0.1:{port}'
    assert ask(port, '/command', method='POST', body=body, **sent, **JSON).status == 200


def test_a_form_cannot_send_a_command(run: Run, serve: Serve) -> None:
    for kind in ('text/plain', 'application/x-www-form-urlencoded', ''):
        answer = ask(serve().port, '/command', method='POST', body=b'{}', content_type=kind)
        assert answer.status == 415
    assert run.commands == []


@pytest.mark.parametrize('path', ['/', '/events', '/page.js', '/command', '/?token=wrong'])
def test_without_the_token_nothing_is_answered(serve: Serve, path: str) -> None:
    port = serve(TOKEN).port
    assert ask(port, path).status == 401
    assert ask(port, path, authorization=f'Bearer {TOKEN}x').status == 401
    assert ask(port, path, cookie=f'dashboard_token{port}={TOKEN[:-1]}').status == 401
    assert ask(port, path, method='POST', **JSON).status == 401


def test_the_link_with_the_token_becomes_a_cookie_that_scripts_cannot_read(serve: Serve) -> None:
    server = serve(TOKEN)
    assert server.link.endswith(f'/?token={TOKEN}')
    first = ask(server.port, f'/?token={TOKEN}')
    assert (first.status, first.headers['location']) == (303, '/')
    cookie = first.headers['set-cookie']
    assert 'httponly' in cookie.lower()
    assert 'samesite=strict' in cookie.lower()
    own = cookie.partition(';')[0]
    assert ask(server.port, '/', cookie=own).status == 200
    assert ask(server.port, '/events', cookie=f'other=1; {own}').status == 200
    assert ask(server.port, '/', cookie=own, host='robot.example:8080').status == 401
    assert ask(server.port, '/', authorization=f'Bearer {TOKEN}', host='robot:80').status == 200


def test_a_stream_begins_with_the_history_and_goes_on_live(fresh: tuple[Run, WebServer]) -> None:
    run, server = fresh
    run.state.receive_actor(actor_report(1))
    run.state.record()
    stream = events(server.port)
    name, content = next(stream)
    assert name == 'history'
    assert len(content['metrics']['recent']) == 1
    run.state.receive_actor(actor_report(2))
    run.state.record()
    name, content = next(stream)
    assert (name, content['now']['env_steps'], len(content['metrics'])) == ('update', 2, 1)
    assert next(stream)[1]['metrics'] == []
    stream.close()


def test_the_end_of_the_run_is_the_last_that_a_page_hears(fresh: tuple[Run, WebServer]) -> None:
    run, server = fresh
    stream = events(server.port)
    next(stream)
    run.state.receive_actor(actor_report(7, state='finished', final=True))
    server.end()
    last = list(stream)[-1]
    assert (last[0], last[1]['now']['env_steps']) == ('end', 7)
    server.close()
    assert server.has_ended()


def test_only_so_many_pages_are_open_at_once(fresh: tuple[Run, WebServer]) -> None:
    port = fresh[1].port
    streams = [events(port) for _ in range(20)]
    for each in streams:
        next(each)
    assert ask(port, '/events').status == 503
    for each in streams:
        each.close()


def test_a_command_is_passed_on_and_answered(run: Run, serve: Serve) -> None:
    answer = command(serve().port, 'hold', actor='/actor')
    assert (answer.status, answer.json) == (200, {'success': True, 'message': 'done'})
    assert run.commands == [Command('hold', '/actor')]


def test_a_node_that_does_not_answer_is_no_success(run: Run, serve: Serve) -> None:
    run.answers = False
    answer = command(serve().port, 'save_checkpoint')
    assert answer.json == {'success': False, 'message': 'no answer within 0.2 s'}


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'\xff', b'{"command": "go"}', b'[' * 2000])
def test_a_bad_command_is_refused_in_words(run: Run, serve: Serve, body: bytes) -> None:
    answer = ask(serve().port, '/command', method='POST', body=body, **JSON)
    assert answer.status == 400
    assert answer.json['message']
    assert run.commands == []


def test_a_taken_port_gives_way_to_the_next(run: Run) -> None:
    with socket.create_server(('127.0.0.1', 0)) as other:
        taken = other.getsockname()[1]
        server = WebServer(run.app, host='127.0.0.1', port=taken, token=None)
        assert taken < server.port < taken + 20
        server.close()


@pytest.mark.parametrize('host', ['no.such.host.invalid', '192.0.2.1'])
def test_a_host_that_is_not_this_machine_is_refused_by_name(run: Run, host: str) -> None:
    with pytest.raises(ValueError, match=host):
        WebServer(run.app, host=host, port=0, token=None)


def test_other_machines_need_a_token_and_this_one_does_not() -> None:
    assert choose_token('127.0.0.1', '') is choose_token('localhost', '') is None
    tokens = {choose_token('0.0.0.0', ''), choose_token('192.168.1.5', '')}
    assert len(tokens) == 2
    assert all(len(str(each)) >= 32 for each in tokens)
    assert [is_loopback(each) for each in ('::1', '127.0.0.5', '0.0.0.0', 'robot')] == [
        True,
        True,
        False,
        False,
    ]


def test_a_token_may_come_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / 'token'
    path.write_text(f'{TOKEN}\n')
    path.chmod(0o600)
    assert choose_token('127.0.0.1', str(path)) == TOKEN
    path.chmod(0o640)
    with pytest.raises(ValueError, match=f'token_file {path} is open to others'):
        choose_token('127.0.0.1', str(path))


@pytest.mark.parametrize('text', ['', 'short', 'with spaces in between', 'ünïcödé-tökén-tökén'])
def test_a_weak_token_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / 'token'
    path.write_text(text, encoding='utf-8')
    path.chmod(0o600)
    with pytest.raises(ValueError, match='must hold at least 16 letters'):
        choose_token('127.0.0.1', str(path))
