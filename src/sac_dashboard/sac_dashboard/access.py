# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the dashboard: checked before anything else, for every request alike.

Without a token only names of this machine are taken as Host, so that a web site cannot reach the
page under a name of its own (DNS rebinding). A request that a browser sends for another site names
that site as its Origin. With a token, nothing is answered that does not bring it.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
import re
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN_NAMES = ('127.0.0.1', 'localhost', '[::1]')
_SAFE_METHODS = ('GET', 'HEAD')
# Nothing but what this server serves is loaded, and no other page may show this one in a frame,
# where a click meant for that page would press a button of this one.
_HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
}


class Access:
    """ASGI middleware that refuses what must not reach the application.

    :param token: that every request must bring; None: none, for this machine alone
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message['type'] == 'http.response.start':
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope['type'] != 'http':
            return PlainTextResponse('there is nothing but HTTP', 400)
        headers = Headers(scope=scope)
        host = headers.get('host', '')
        if self._token is None and _without_port(host) not in _OWN_NAMES:
            return PlainTextResponse(f'this is not {host}', 403)
        origin = headers.get('origin')
        if origin is not None and origin.partition('://')[2] != host:
            return PlainTextResponse('another site may not ask', 403)
        if scope['method'] not in _SAFE_METHODS:
            # A form of another site can send neither this type nor, in old browsers, an Origin.
            if headers.get('content-type', '').partition(';')[0] != 'application/json':
                return PlainTextResponse('content-type must be application/json', 415)
        return None if self._token is None else self._without_token(scope, headers, self._token)

    def _without_token(self, scope: Scope, headers: Headers, token: str) -> Response | None:
        query = parse_qs(scope['query_string'].decode('latin-1'))
        given = query.pop('token', [''])[0]
        if given and _equal(given, token) and scope['method'] in _SAFE_METHODS:
            # Out of the address bar, the history and every link, into a cookie.
            path = scope['path'] + (f'?{urlencode(query, doseq=True)}' if query else '')
            answer = RedirectResponse('/' + path.lstrip('/'), 303)
            answer.set_cookie(_cookie(headers), token, httponly=True, samesite='strict')
            return answer
        bearer = headers.get('authorization', '').removeprefix('Bearer ')
        if _equal(bearer, token) or _equal(_token_in_cookie(headers), token):
            return None
        return PlainTextResponse('open the link with the token that the dashboard printed', 401)


def _token_in_cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get('cookie', '')).get(_cookie(headers))
    except CookieError:
        return ''
    return found.value if found else ''


def _cookie(headers: Headers) -> str:
    """Name the cookie; browsers send it to every port of a host: dashboards must not share one."""
    return 'dashboard_token' + re.sub(r'\D', '', headers.get('host', '').rpartition(':')[2])


def _without_port(host: str) -> str:
    return re.sub(r':\d+$', '', host)


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())
