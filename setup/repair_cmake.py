# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""
Points the CMake files in the ROS wheels at this machine's Python and numpy headers.

The wheels were built in a container, and the files that they export for `find_package` name the
header directories of that container, `/opt/python/cp311-cp311/...`. CMake refuses imported targets
whose include directories do not exist, so no interface package could be built against them. Run by
the Python of the virtual environment; doing it twice changes nothing.
"""

from __future__ import annotations

from pathlib import Path
import re
import sys
import sysconfig

import numpy

NUMPY_HEADERS = re.compile(
    r'/opt/python/cp\d+-cp\d+/lib/python3\.\d+/site-packages/numpy/_?core/include'
)
PYTHON_HEADERS = re.compile(r'/opt/python/cp\d+-cp\d+/include/python3\.\d+')


def repair(prefix: Path) -> int:
    """
    Rewrite the exported CMake files under `prefix/share`.

    :return: how many files changed
    """
    numpy_headers, python_headers = numpy.get_include(), sysconfig.get_path('include')
    changed = 0
    for path in prefix.glob('share/**/*.cmake'):
        text = path.read_text()
        repaired = NUMPY_HEADERS.sub(lambda _: numpy_headers, text)
        repaired = PYTHON_HEADERS.sub(lambda _: python_headers, repaired)
        if repaired != text:
            path.write_text(repaired)
            changed += 1
    return changed


if __name__ == '__main__':
    print(f'{repair(Path(sys.prefix))} files repaired')
