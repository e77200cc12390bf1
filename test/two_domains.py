# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A bad network where no network namespaces are allowed: two ROS domains and a relay process.

It is used as `network.TwoMachines` is, and loses messages instead of packets.
"""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys
from types import TracebackType

from sac_core.ros.testing import child_environment, claim_domain_id, release_domain_id

_RELAY = Path(__file__).with_name('message_relay.py')


class TwoDomains:
    """Domains of the sides `robot` and `desk`, and the relay between them.

    :param seed: of what the relay loses
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.domain_ids = {side: claim_domain_id() for side in ('robot', 'desk')}
        self._relay = subprocess.Popen(
            [sys.executable, str(_RELAY), *map(str, self.domain_ids.values()), str(seed)],
            env=child_environment(self.domain_ids['robot']),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()  # it carries from now on

    def __enter__(self) -> TwoDomains:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def set_conditions(
        self, *, loss: float = 0.0, delay: tuple[float, float] = (0.0, 0.0), cut: bool = False
    ) -> dict[str, int]:
        """Change what the relay does from now on.

        :param loss: share of the messages that are lost
        :param delay: shortest and longest time that a message takes [s]
        :param cut: nothing passes
        :return: messages 'carried' and 'lost' so far
        """
        assert self._relay.stdin is not None
        wanted = {'loss': loss, 'delay': delay, 'cut': cut}
        print(json.dumps(wanted), file=self._relay.stdin, flush=True)
        return self._read()

    def _read(self) -> dict[str, int]:
        assert self._relay.stdout is not None
        line = self._relay.stdout.readline()
        assert line, 'the relay has ended'
        return dict(json.loads(line))

    def prefix(self, side: str) -> list[str]:
        """Give the beginning of a command line that runs on one side."""
        return ['env', f'ROS_DOMAIN_ID={self.domain_ids[side]}']

    def close(self) -> None:
        """End the relay and give the domains back."""
        self._relay.kill()
        self._relay.communicate()
        for domain_id in self.domain_ids.values():
            release_domain_id(domain_id)
