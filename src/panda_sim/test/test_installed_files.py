# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An installation that copies files, as colcon does without --symlink-install, has all of them."""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import panda_sim

PACKAGE = Path(__file__).resolve().parents[1]


def test_the_numbers_of_the_arms_are_installed_with_the_code(tmp_path: Path) -> None:
    command = [sys.executable, 'setup.py', '-q', 'build', '--build-base', tmp_path / 'base']
    subprocess.run(
        [*command, '--build-lib', tmp_path / 'lib'], cwd=PACKAGE, check=True, capture_output=True
    )
    sources = PACKAGE / panda_sim.__name__
    files = {
        file.relative_to(sources) for file in sources.rglob('*') if '__pycache__' not in file.parts
    }
    installed = tmp_path / 'lib' / panda_sim.__name__
    assert {file for file in files if not (installed / file).exists()} == set()
