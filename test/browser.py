# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven by chromedriver over the W3C WebDriver protocol."""

from __future__ import annotations

import base64
from collections.abc import Callable
import json
from pathlib import Path
import shutil
import socket
import subprocess
import time
from typing import Any
import urllib.error
import urllib.request

from sac_core.child_process import bound_to_this_process

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
DRIVER = shutil.which('chromedriver')
MISSING = (
    '' if CHROMIUM and DRIVER else 'needs chromium and chromedriver (Debian: chromium-driver)'
)
_FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
)
_START_TIMEOUT = 30.0  # [s]


class Browser:
    """One window.

    :param directory: new, for the browser's profile
    """

    def __init__(self, directory: Path) -> None:
        with socket.create_server(('127.0.0.1', 0)) as free:
            port = free.getsockname()[1]
        assert DRIVER is not None
        self._driver = subprocess.Popen(
            [DRIVER, f'--port={port}'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )
        self._url = f'http://127.0.0.1:{port}'
        self._session = ''
        try:
            self._session = self._open(directory)
        except Exception:
            self._driver.kill()
            self._driver.wait()
            raise

    def _open(self, directory: Path) -> str:
        options = {
            'binary': CHROMIUM,
            'args': [*_FLAGS, f'--user-data-dir={directory / "profile"}'],
        }
        wanted = {
            'capabilities': {
                'alwaysMatch': {
                    'goog:chromeOptions': options,
                    'goog:loggingPrefs': {'browser': 'ALL'},
                }
            }
        }
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                return str(self._post('/session', wanted)['sessionId'])
            except (ConnectionError, urllib.error.URLError):  # not listening yet
                if time.monotonic() > deadline or self._driver.poll() is not None:
                    raise
                time.sleep(0.05)

    def open(self, link: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._ask('/url', {'url': link})

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Give the page another size, smaller than a window may be, and a color scheme."""
        self._devtools(
            'Emulation.setDeviceMetricsOverride',
            {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False},
        )
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self._devtools('Emulation.setEmulatedMedia', {'features': [scheme]})

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        return self._ask('/execute/sync', {'script': f'return {expression};', 'args': []})

    def text(self, selector: str) -> str:
        """Return what an element says, '' where there is none."""
        return str(
            self.evaluate(f'document.querySelector({json.dumps(selector)})?.innerText ?? ""')
        )

    def click(self, selector: str) -> None:
        """Press an element as a person would: it must be visible and not covered."""
        found = self._ask('/element', {'using': 'css selector', 'value': selector})
        self._ask(f'/element/{next(iter(found.values()))}/click', {})

    def until(self, condition: Callable[[], Any], timeout: float = 30.0) -> Any:
        """Wait until a condition holds.

        :raises TimeoutError: where it does not, with what the page says
        """
        deadline = time.monotonic() + timeout
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(self.text('body')[:2000])
            time.sleep(0.1)
        return result

    def errors(self) -> list[str]:
        """Return what the page complained of since the last call."""
        entries = self._ask('/se/log', {'type': 'browser'})
        return [each['message'] for each in entries if each['level'] == 'SEVERE']

    def screenshot(self) -> bytes:
        """Return the window's content as PNG."""
        return base64.b64decode(self._devtools('Page.captureScreenshot', {})['data'])

    def close(self) -> None:
        """End browser and driver."""
        try:
            request = urllib.request.Request(
                f'{self._url}/session/{self._session}', method='DELETE'
            )
            urllib.request.urlopen(request, timeout=10).close()
        finally:
            self._driver.terminate()
            self._driver.wait(10)

    def _ask(self, path: str, content: dict[str, Any]) -> Any:
        return self._post(f'/session/{self._session}{path}', content)

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._ask('/goog/cdp/execute', {'cmd': command, 'params': parameters})

    def _post(self, path: str, content: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self._url + path,
            json.dumps(content).encode(),
            {'Content-Type': 'application/json'},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)['value']
        except urllib.error.HTTPError as error:
            reason = json.load(error)['value']
            raise RuntimeError(f'{path}: {reason["error"]}: {reason["message"]}') from error
