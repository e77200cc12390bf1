# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Writes recordings as a stranger's library does, from the project's own message definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcap_ros2.writer import Writer

MESSAGES = Path(__file__).resolve().parents[2] / 'sac_interfaces' / 'msg'
_HEADER = (
    f'\n{"=" * 80}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n'
    f'{"=" * 80}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n'
)


class Recorded:
    """A recording of one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._stream = path.open('wb')
        self._writer = Writer(self._stream, chunk_size=2000)
        self._schemas: dict[str, Any] = {}

    def write(self, name: str, topic: str, **fields: Any) -> None:
        """Append a message; what is not given is zero."""
        if name not in self._schemas:
            self._schemas[name] = self._writer.register_msgdef(
                f'sac_interfaces/msg/{name}', (MESSAGES / f'{name}.msg').read_text() + _HEADER
            )
        self._writer.write_message(topic, self._schemas[name], fields, log_time=1, publish_time=1)

    def robot(self, **changes: Any) -> None:
        spec = {
            'bridge_session': 1,
            'env_id': 'Fake-v0',
            'observation_dim': 3,
            'action_dim': 2,
            'action_low': [-1.0, -1.0],
            'action_high': [1.0, 1.0],
            'step_duration': 0.02,
        }
        self.write('EnvSpec', '/env_spec', **spec | changes)

    def batch(self, first: int, rows: int, /, *, session: int = 1, **changes: Any) -> None:
        """Append rows whose reward is their sequence number, four to an episode."""
        numbers = list(range(first, first + rows))
        fields = {
            'actor_session': session,
            'actor': '/actor',
            'first_sequence': first,
            'count': rows,
            'observation_dim': 3,
            'action_dim': 2,
            'observations': [0.5] * rows * 3,
            'actions': [0.25] * rows * 2,
            'rewards': [float(n) for n in numbers],
            'next_observations': [0.75] * rows * 3,
            'terminated': bytes(rows),
            'truncated': bytes(n % 4 == 3 for n in numbers),
            'intervened': bytes(n % 5 == 0 for n in numbers),
            'filtered': bytes(rows),
            'episode_ids': [n // 4 for n in numbers],
            'policy_versions': [1] * rows,
        }
        self.write('TransitionBatch', '/transitions', **fields | changes)

    def close(self) -> Path:
        self._writer.finish()
        self._stream.close()
        return self.path
