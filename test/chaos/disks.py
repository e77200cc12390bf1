# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, a directory that cannot be written, files that are cut or altered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import random
import shutil
import subprocess
from typing import Any

import numpy as np
from real_run import Run, Runner
from sac_learner.replay_files.inspection import read_rows

from chaos.case import CaseSkippedError
from chaos.figures import Figures, measure
from chaos.witness import row_digests
from chaos.world import World

_STEPS, _MORE = (
    240,
    60,
)  # of the run whose files are damaged, and of the one that continues with it
# Room for the files of a run, and little more.
_SMALL_DISK = '96m'
_PARAMETERS = """
learner: {ros__parameters: {hidden_dims: [32, 32], batch_size: 32, threads: 1, training_starts: 60,
    replay_capacity: 2000}}
actor: {ros__parameters: {queue_capacity: 1000, random_steps: 60}}
"""


def full_disk(place: Path, *, seed: int, seconds: float) -> Figures:
    """Fill the disk of a run while it trains, and free it again: the run must go on throughout.

    :raises CaseSkippedError: where a small disk cannot be mounted
    """
    with _small_disk(place / 'disk') as disk:
        arguments = {'seed': str(seed)}
        with World(disk / 'run', log=place / 'log', arguments=arguments) as world:
            world.start()
            world.await_stored(400)
            filler = disk / 'filler'
            _fill(filler)
            before = world.witness.actor_steps
            world.wait(seconds)
            enough = int(0.8 * 50 * seconds)
            world.until(
                lambda: world.witness.actor_steps >= before + enough,
                what=f'{enough} steps with a full disk',
            )
            filler.unlink()
            world.await_stored(100)
            world.end()
            return measure(world)


def read_only(place: Path) -> None:
    """Start a run in a directory that cannot be written: it must be refused, and say so.

    :raises CaseSkippedError: where a disk cannot be mounted
    """
    with _small_disk(place / 'disk') as disk:
        subprocess.run(['mount', '-o', 'remount,ro', str(disk)], check=True)
        runner = Runner(place)
        try:
            run = runner.run('train', name='disk/run', timeout=60.0)
        finally:
            runner.close()
    assert run.exit_code == 2, run.output
    assert str(disk / 'run') in run.output, run.output


def damaged_files(place: Path, *, seed: int, at_most: int | None) -> dict[str, Any]:
    """Cut or alter each file of a run in turn, and continue with it.

    Either the damage is named and the run refused, or the run continues with all that is whole;
    a damaged transition is never trained on.

    :param at_most: files to damage, None: every one
    """
    rng = random.Random(seed)
    runner = Runner(place)
    parameters = place / 'parameters.yaml'
    parameters.write_text(_PARAMETERS)
    words = ('train', 'env_id:=Pendulum-v1', 'control_rate:=0', f'seed:={seed}')
    try:
        whole = runner.run(*words, f'params_file:={parameters}', f'max_env_steps:={_STEPS}')
        assert whole.exit_code == 0, whole.output
        original = _rows(whole.directory)
        assert len(original) == _STEPS
        files = [path for path in sorted(whole.directory.rglob('*')) if _is_own_file(path)]
        chosen = files if at_most is None else rng.sample(files, at_most)
        outcomes = {'goes_on': 0, 'refused': 0}
        bad = 0
        for number, path in enumerate(chosen):
            for damage in (_flip_byte, _cut):
                directory = place / f'{number}-{damage.__name__.strip("_")}'
                shutil.copytree(whole.directory, directory, symlinks=True)
                relative = path.relative_to(whole.directory)
                damage(directory / relative, rng)
                run = _resume(runner, directory)
                what = f'{relative} {damage.__name__.strip("_")}'
                if run.exit_code == 0:
                    outcomes['goes_on'] += 1
                    new = [row for row in _rows(directory) if row not in original]
                    bad += max(0, len(new) - _allowed(relative))
                else:
                    outcomes['refused'] += 1
                    assert run.exit_code == 2, f'{what}: {run.exit_code}\n{run.output}'
                    assert 'error' in run.output, f'{what}\n{run.output}'
                    assert 'Traceback' not in run.output, f'{what}\n{run.output}'
                shutil.rmtree(directory)
    finally:
        runner.close()
    return {'files': len(chosen), **outcomes, 'bad_stored': bad}


def _resume(runner: Runner, directory: Path) -> Run:
    process = runner.start('train', f'resume:={directory}', f'max_env_steps:={_STEPS + _MORE}')
    output, _ = process.communicate(timeout=90.0)
    return Run(process.returncode, output, directory)


def _allowed(relative: Path) -> int:
    """Return how many new transitions the run may make: the actor may have lost its count."""
    return _MORE if relative.parts[0] != 'actor' else _STEPS + _MORE


def _rows(run_dir: Path) -> set[bytes]:
    digests: set[bytes] = set()
    for rows in read_rows(run_dir / 'replay'):
        columns = [rows['observations'], rows['actions'], rows['rewards'][:, None]]
        columns.append(rows['next_observations'])
        assert np.isfinite(np.hstack(columns)).all()
        new = row_digests(*columns)
        assert len(set(new)) == len(new), 'a transition is stored twice'
        digests.update(new)
    return digests


def _is_own_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size > 0


def _flip_byte(path: Path, rng: random.Random) -> None:
    # Not in the part of a preallocated file that was never written.
    data = path.read_bytes()
    place = rng.randrange(len(data.rstrip(b'\0')) or len(data))
    flipped = bytes([data[place] ^ (1 << rng.randrange(8))])
    path.write_bytes(data[:place] + flipped + data[place + 1 :])


def _cut(path: Path, rng: random.Random) -> None:
    size = len(path.read_bytes().rstrip(b'\0'))
    with path.open('r+b') as file:
        file.truncate(rng.randrange(size) if size else 0)


def _fill(path: Path) -> None:
    try:
        with path.open('wb', buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        return


@contextmanager
def _small_disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', f'size={_SMALL_DISK}', 'tmpfs', str(path)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CaseSkippedError('the command mount is missing') from error
    if done.returncode:
        raise CaseSkippedError(f'no small disk: {done.stderr.strip()}')
    try:
        yield path
    finally:
        subprocess.run(['umount', '--lazy', str(path)], check=True)
