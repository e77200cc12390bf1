# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What an actor leaves in its directory, and finds there when it is started again.

A lock, a ring file for each session that is not wholly acknowledged, and the totals, which outlive
the ring files: an actor that was killed at 700 of 1000 steps makes 300 more.
"""

from __future__ import annotations

from dataclasses import asdict, replace
import fcntl
import json
import os
from pathlib import Path

from sac_actor.ring_file import DamagedFileError, Recovered, RingFile, RingHeader, Totals
from sac_core.durable_file import PARTIAL, sync_directory, write_file
from sac_core.spaces import RobotSpec

_LOCK, _TOTALS = 'lock', 'totals.json'
_RING, _DAMAGED = '.ring', '.damaged'
_ROBOT = ('env_id', 'observation_dim', 'action_dim')


class StateDirectory:
    """A directory that one actor has for itself until `close`.

    :raises ValueError: where another actor has it, or its content cannot be used
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.warnings: list[str] = []
        self.size_warning = ''  # once the file of the session is made
        self.earlier: list[tuple[RingFile, Recovered]] = []  # oldest first
        self.totals = Totals()
        self._robots: dict[str, dict[str, object]] = {}  # file: the robot that it speaks of
        self.own: RingFile | None = None
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ValueError(f'state_dir {str(path)!r}: {error.strerror}') from error
        try:
            self._take_lock()
            self._read()
        except OSError as error:
            self.close()
            raise ValueError(f'state_dir {str(path)!r}: {error.strerror}') from error
        except ValueError:
            self.close()
            raise

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f'state_dir {str(self._path)!r} is in use by another actor'
            ) from error

    def _read(self) -> None:
        for rubbish in self._path.glob(f'*{PARTIAL}'):
            rubbish.unlink()
        for path in sorted(self._path.glob(f'*{_RING}')):
            try:
                file = RingFile(path)
            except DamagedFileError as error:
                self._set_aside(path, str(error))
                continue
            except ValueError as error:
                raise ValueError(f'state_dir: {path}: {error}') from error
            found = file.recover()
            if found.damaged:
                self.warnings.append(f'{path}: {found.damaged} transitions damaged and lost')
            self.totals = self.totals.at_least(found.totals)
            self.earlier.append((file, found))
            self._robots[path.name] = {name: getattr(file.header, name) for name in _ROBOT}
        self.earlier.sort(key=lambda each: each[0].header.before.produced)
        self._read_totals()

    def _read_totals(self) -> None:
        path = self._path / _TOTALS
        try:
            written = json.loads(path.read_bytes())
            totals = Totals(**{name: int(value) for name, value in written['totals'].items()})
            self._robots[_TOTALS] = {name: written[name] for name in _ROBOT}
            self.totals = self.totals.at_least(totals)
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._set_aside(path, repr(error))

    def _set_aside(self, path: Path, reason: str) -> None:
        aside = path.with_name(path.name + _DAMAGED)
        path.rename(aside)
        self.warnings.append(f'{path} is damaged ({reason}): set aside as {aside.name}')

    @property
    def unacknowledged(self) -> int:
        """Transitions that earlier sessions left."""
        return sum(len(span) for _, found in self.earlier for span in found.spans)

    def check(self, spec: RobotSpec) -> None:
        """Check that all there is here is of this robot.

        :raises ValueError: naming the fields that differ
        """
        for name, robot in self._robots.items():
            differing = [
                f'{field} {value!r} against {getattr(spec, field)!r}'
                for field, value in robot.items()
                if value != getattr(spec, field)
            ]
            if differing:
                raise ValueError(
                    f'state_dir {str(self._path)!r} is of another robot: {", ".join(differing)}'
                    f' ({name})'
                )

    def create_ring(self, header: RingHeader) -> RingFile:
        """Make the file of the session that begins.

        :param header: its totals are filled in here
        :raises ValueError: where there is no room for it, or no permission
        """
        path = self._path / f'session_{header.session:016x}{_RING}'
        self.size_warning = RingFile.size_warning(self._path, header)
        try:
            self.own = RingFile.create(path, replace(header, before=self.totals))
        except OSError as error:
            raise ValueError(
                f'state_dir {str(self._path)!r}: {error.strerror}, which a queue_capacity of'
                f' {header.capacity} takes'
            ) from error
        return self.own

    def finish(self, file: RingFile, found: Recovered) -> None:
        """Remove the file of a session of which nothing is needed any more, but for the totals.

        :param found: in the file; one that is damaged is kept aside
        :raises OSError: where that fails; the file stays, and the next start tries again
        """
        self._write_totals(file.header, found.totals)
        if found.damaged:
            self._set_aside(file.path, f'{found.damaged} transitions are not whole and lost')
        else:
            file.path.unlink()
        sync_directory(self._path)

    def _write_totals(self, header: RingHeader, totals: Totals) -> None:
        # Before the file is removed: the totals of a session are never in neither place.
        self.totals = self.totals.at_least(totals)
        robot = {name: getattr(header, name) for name in _ROBOT}
        text = json.dumps({**robot, 'totals': asdict(self.totals)}, indent=1) + '\n'
        write_file(self._path / _TOTALS, text.encode())

    def close(self) -> None:
        """Remove this session's file if all of it is acknowledged, and let others in.

        :raises OSError: where the file cannot be removed; the next start does it then
        """
        own, self.own = self.own, None
        try:
            if own is not None and not (found := own.recover()).spans:
                self.finish(own, found)
        finally:
            if self.lock >= 0:
                os.close(self.lock)
            self.lock = -1
