# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""OpenGL for the process that draws, loaded when it draws; as a program: tries whether it can.

A process that draws should do nothing else. Software OpenGL (Mesa) and the compiler behind
torch.compile (triton) each bring an LLVM, and in one process the two crash.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from typing import Any

from sac_core.physics import mujoco

_ADVICE = {
    'egl': 'sudo apt-get install libegl1 libgl1',
    'osmesa': 'leave MUJOCO_GL unset, or sudo apt-get install libosmesa6',
}
_OTHER_ADVICE = 'leave MUJOCO_GL unset'
_TIMEOUT = 60.0  # s; a first picture takes less than one


class DrawingError(ValueError):
    """This machine cannot draw; the message is one line."""

    @classmethod
    def because_of(cls, cause: BaseException) -> DrawingError:
        """Return what OpenGL raised, and what to install."""
        backend = os.environ.get('MUJOCO_GL', '')
        reason = ' '.join(str(cause).split()) or type(cause).__name__
        advice = _ADVICE.get(backend, _OTHER_ADVICE)
        return cls(f'MuJoCo cannot draw by MUJOCO_GL={backend}: {reason}; {advice}')


def load_opengl() -> None:
    """Let MuJoCo draw in this process: by what MUJOCO_GL names, else by EGL, without a display.

    :raises DrawingError: where a library is missing
    """
    os.environ['MUJOCO_GL'] = os.environ.get('MUJOCO_GL', '').strip().lower() or 'egl'
    try:
        # It looks at MUJOCO_GL when it is loaded, which `sac_core.physics` did without.
        importlib.reload(importlib.import_module('mujoco.rendering.classic.gl_context'))
    except Exception as error:  # PyOpenGL raises whatever comes of a library that is not there
        raise DrawingError.because_of(error) from error


def open_renderer(model: Any, height: int, width: int) -> Any:
    """Return a `mujoco.Renderer` for pictures of that size.

    :raises DrawingError: where this machine cannot draw
    """
    load_opengl()
    try:
        return mujoco.Renderer(model, height, width)
    except Exception as error:  # OpenGL's, MuJoCo's, PyOpenGL's, GLFW's
        raise DrawingError.because_of(error) from error


def why_no_drawing() -> str:
    """Try to draw, in another process; return why that cannot be, empty where it can."""
    try:
        tried = subprocess.run(
            [sys.executable, '-m', 'sac_core.drawing'],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f'MuJoCo draws nothing within {_TIMEOUT:g} s'
    if not tried.returncode:
        return ''
    lines = tried.stdout.split('\n')
    return lines[0] or f'the process that tried to draw ended with code {tried.returncode}'


def main() -> int:
    """Draw one picture; say in one line why that cannot be."""
    try:
        with open_renderer(mujoco.MjModel.from_xml_string('<mujoco/>'), 8, 8) as renderer:
            renderer.render()
    except DrawingError as error:
        print(error)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
