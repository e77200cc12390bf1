# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Serves the web application from a thread of its own, on a port that is free."""

from __future__ import annotations

import errno
import ipaddress
import os
from pathlib import Path
import secrets
import socket
import stat
import threading

from sac_dashboard.web_app import WebApp
import uvicorn

_PORTS_TRIED = 20
_END_TIMEOUT = 3  # for pages that do not close their streams [s]


class WebServer:
    """An open socket, then a thread that serves it.

    :param host: address or name of this machine
    :param port: 0: any; where it is taken, one of those that follow
    :param token: that every request must bring; None: none
    :raises ValueError: where nothing can be served there
    """

    def __init__(self, app: WebApp, *, host: str, port: int, token: str | None) -> None:
        self._app = app
        self._socket = _listen(host, port)
        self.port = int(self._socket.getsockname()[1])
        name = host if host not in ('0.0.0.0', '::') else socket.gethostname()
        shown = f'[{name}]' if ':' in name else name
        self.link = f'http://{shown}:{self.port}/' + (f'?token={token}' if token else '')
        self._server = uvicorn.Server(
            uvicorn.Config(
                app.asgi(token=token),
                http='h11',
                ws='none',
                loop='asyncio',
                lifespan='off',
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # whoever connects is who they are
                timeout_graceful_shutdown=_END_TIMEOUT,
            )
        )
        self._thread = threading.Thread(target=self._serve, name='web_server', daemon=True)

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def end(self) -> None:
        """Tell the open pages and stop serving."""
        self._app.end()
        self._server.should_exit = True

    def has_ended(self) -> bool:
        """Return whether the thread has come to its end."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Wait for the end."""
        self.end()
        if self._thread.ident is not None:
            self._thread.join(_END_TIMEOUT + 1.0)
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return host == 'localhost' or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def choose_token(host: str, token_file: str) -> str | None:
    """Read the token, or make one where others can reach the page.

    :raises ValueError: where the file holds none, or others may read it
    """
    if not token_file:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    path = Path(token_file).expanduser()
    try:
        with path.open(encoding='utf-8') as stream:
            if os.fstat(stream.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ValueError(f'token_file {path} is open to others: chmod 600 {path}')
            token = stream.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f'token_file {path} cannot be read: {error}') from error
    if len(token) < 16 or not token.isascii() or not token.replace('-', '').isidentifier():
        raise ValueError(
            f'token_file {path} must hold at least 16 letters, digits, - or _ in its first line'
        )
    return token


def _listen(host: str, port: int) -> socket.socket:
    candidates = [0] if port == 0 else range(port, min(port + _PORTS_TRIED, 65536))
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise ValueError(f'host {host!r} is no address of this machine: {error}') from error
    for candidate in candidates:
        try:
            return socket.create_server((host, candidate), family=family)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ValueError(f'cannot serve on {host}:{candidate}: {error}') from error
    raise ValueError(f'port {port} and the {_PORTS_TRIED - 1} after it are taken on {host}')
