# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The web application: the page, a stream of what is new, and the commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
import json
from pathlib import Path
from typing import Any

from sac_dashboard.access import Access
from sac_dashboard.commands import Answer, Command
from sac_dashboard.dashboard_state import DashboardState
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

PAGE = Path(__file__).parent / 'page'
_MOST_STREAMS = 20  # open pages; each costs a little of the machine that also drives the robot
_LARGEST_COMMAND = 1000  # bytes


class WebApp:
    """Serves one run.

    :param submit: gives a command to the run
    :param update_period: between two messages of a stream [s]
    :param answer_timeout: longest wait for what a node says to a command [s]
    """

    def __init__(
        self,
        state: DashboardState,
        submit: Callable[[Command], Future[Answer]],
        *,
        update_period: float = 0.5,
        answer_timeout: float = 5.0,
    ) -> None:
        self._state = state
        self._submit = submit
        self._update_period = update_period
        self._answer_timeout = answer_timeout
        self._streams = 0
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None  # of the server's thread

    def asgi(self, *, token: str | None) -> ASGIApp:
        """Return the application behind its access control."""
        routes = [
            Route('/events', self._events),
            Route('/command', self._command, methods=['POST']),
            Mount('/', StaticFiles(directory=PAGE, html=True)),
        ]
        return Access(Starlette(routes=routes), token)

    def end(self) -> None:
        """Tell every open page that the run is over. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    async def _events(self, _: Request) -> Response:
        if self._streams >= _MOST_STREAMS:
            return PlainTextResponse(f'{_MOST_STREAMS} pages are open already', 503)
        return StreamingResponse(self._stream(), media_type='text/event-stream')

    async def _stream(self) -> AsyncIterator[str]:
        """Yield server-sent events: `history` at the beginning, then an `update` now and then."""
        self._loop = asyncio.get_running_loop()
        self._streams += 1
        try:
            history, known = self._state.snapshot()
            yield _event('history', history)
            while not await self._wait():
                update, known = self._state.update(known)
                if update is None:  # the reader was away, or is slow
                    history, known = self._state.snapshot()
                    yield _event('history', history)
                else:
                    yield _event('update', update)
            update, _ = self._state.update(known)
            yield _event('end', update or {})
        finally:
            self._streams -= 1

    async def _wait(self) -> bool:
        """Wait for the next update; return whether the run is over."""
        try:
            await asyncio.wait_for(self._ended.wait(), self._update_period)
        except asyncio.TimeoutError:  # not the builtin one before Python 3.11
            return False
        return True

    async def _command(self, request: Request) -> Response:
        try:
            command = Command.from_json(json.loads(await _body(request)))
        except ValueError as error:
            return JSONResponse({'success': False, 'message': str(error)}, 400)
        try:
            answer = await asyncio.wait_for(
                asyncio.wrap_future(self._submit(command)), self._answer_timeout
            )
        except asyncio.TimeoutError:
            answer = Answer(False, f'no answer within {self._answer_timeout:g} s')
        return JSONResponse({'success': answer.success, 'message': answer.message})


async def _body(request: Request) -> bytes:
    """Read a request.

    :raises ValueError: where it is longer than any command
    """
    body = b''
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_COMMAND:
            raise ValueError(f'a command must be at most {_LARGEST_COMMAND} bytes')
    return body


def _event(name: str, content: dict[str, Any]) -> str:
    text = json.dumps(content, allow_nan=False, separators=(',', ':'))
    return f'event: {name}\ndata: {text}\n\n'
