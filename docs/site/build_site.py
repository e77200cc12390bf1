# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What `make docs` runs: writes the generated pages, then builds the site; a broken link fails it.

Sphinx lives in `.venv-docs`, apart from the product's `.venv`, in which the pages are generated.
"""

from __future__ import annotations

import os
from pathlib import Path
import sys

import arguments_page
from environment import environ, pip
import metrics_page
import packages
import parameters_page
from progress import Progress, StepFailedError, unwind_on_signals
import stamp
import topics_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
REFERENCE = DOCS / 'reference'  # not in git
SITE = ROOT / 'build' / 'docs'
VENV = ROOT / '.venv-docs'
LOCK = DOCS / 'site' / 'requirements.lock'
PAGES = {
    'parameters.md': parameters_page.page,
    'arguments.md': arguments_page.page,
    'topics.md': topics_page.page,
    'metrics.md': metrics_page.page,
}


def write_pages(directory: Path) -> None:
    """Write the pages that follow from declarations."""
    directory.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding='utf-8')


def prepare(progress: Progress) -> None:
    """Make the environment of the builder, unless it is there.

    :raises StepFailedError: with the reason
    """
    wanted = stamp.fingerprint(VENV, os.path.realpath(sys.executable), sys.version, files=[LOCK])
    if stamp.read(VENV / 'ready') == wanted:
        return
    with progress.step('builder of the documentation, into .venv-docs'):
        progress.run(['rm', '-rf', VENV], environ(ROOT), log='docs_delete')
        progress.run([sys.executable, '-m', 'venv', VENV], environ(ROOT), log='docs_venv')
        chosen = VENV / 'requirements.txt'
        chosen.write_text('\n'.join(packages.select(LOCK, use_wheels=True)) + '\n')
        progress.run([*pip(VENV), '-r', chosen], environ(ROOT), log='docs_packages')
    stamp.write(VENV / 'ready', wanted)


def build(progress: Progress) -> None:
    """Build the site anew.

    :raises StepFailedError: with the reason, such as a broken link
    """
    command: list[str | Path] = [VENV / 'bin/python', '-m', 'sphinx', '-q']
    command += ['--fail-on-warning', '--keep-going', '--fresh-env', '-c', DOCS / 'site']
    command += ['-d', SITE / 'cache', DOCS, SITE / 'html']
    with progress.step('site'):
        progress.run(command, environ(ROOT), log='docs')


def main() -> int:
    """Build, and say where it is."""
    unwind_on_signals()
    progress = Progress(ROOT)
    try:
        with progress.exclusive():
            prepare(progress)
            write_pages(REFERENCE)
            build(progress)
    except (StepFailedError, OSError, ValueError) as error:
        print(f'docs: {error}', file=sys.stderr)
        return 1
    print(SITE / 'html' / 'index.html')
    return 0


if __name__ == '__main__':
    sys.exit(main())
