# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.settings import setting, Settings


@dataclass(frozen=True, kw_only=True)
class DashboardSettings(Settings):
    """Where the page is served, and from which records it begins; parameters of its node."""

    host: str = setting(
        '127.0.0.1',
        'Address that the page is served on; one that other machines reach needs a token.',
    )
    port: int = setting(
        8080,
        'TCP port of the page; where it is taken one of the next 20; 0: any that is free.',
        low=0,
        high=65535,
    )
    token_file: str = setting(
        '',
        'File whose first line is the token of who may see the page; empty: none on this machine,'
        ' a new one otherwise.',
    )
    run_dir: str = setting('', 'Directory with the records of the run so far; empty: none.')
    actors: int = setting(1, 'Actors that take part in the run.', low=1)
    max_env_steps: int = setting(0, 'Environment steps of the whole run, 0: no limit.', low=0)
    record_period: float = setting(
        1.0, 'Time between two points of the charts [s].', low=0.1, high=60.0
    )
    update_period: float = setting(
        0.5, 'Time between two updates of the page [s].', low=0.1, high=10.0
    )
