# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A browser's side of the dashboard, without a browser: requests and the stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import http.client
import json
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, path: str = '/', *, method: str = 'GET', body: bytes = b'', **headers: str
) -> Reply:
    """Send one request; the keywords are headers, and `host` overrides the right one."""
    sent = {'host': f'127.0.0.1:{port}'} | headers
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in sent.items():
            connection.putheader(name.replace('_', '-'), value)
        connection.putheader('content-length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        # A stream has no end; that it was opened is enough.
        is_stream = fields.get('content-type', '').startswith('text/event-stream')
        return Reply(response.status, fields, b'' if is_stream else response.read())
    finally:
        connection.close()


def command(port: int, name: str, **content: Any) -> Reply:
    """Ask for something as the page does."""
    body = json.dumps({'command': name, **content}).encode()
    return ask(port, '/command', method='POST', body=body, content_type='application/json')


def events(port: int) -> Iterator[tuple[str, Any]]:
    """Yield name and content of what the server sends, until it closes the stream."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    try:
        connection.request('GET', '/events')
        response = connection.getresponse()
        name = ''
        for line in response:
            field, _, value = line.decode().rstrip('\n').partition(': ')
            if field == 'event':
                name = value
            elif field == 'data':
                yield name, json.loads(value)
    finally:
        connection.close()
