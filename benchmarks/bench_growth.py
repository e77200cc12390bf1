# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How the time of a learner step grows with batch, critics, width and update-to-data ratio."""

from __future__ import annotations

import argparse
from typing import Any

from options import emit, parse, processors
from turns import compared, contestants, prepare, take_turns

# Each goes away from the learner's defaults in one direction.
SWEEPS: dict[str, tuple[int, ...]] = {
    'batch_size': (64, 128, 256, 512, 1024),
    'num_critics': (2, 4, 6, 10, 20),
    'width': (64, 128, 256, 512, 1024),
    'utd_ratio': (1, 4, 8, 20, 40),
}


def main() -> None:
    """Sweep one after the other."""
    options = parse(argparse.ArgumentParser(description=__doc__))
    rounds, seconds = (1, 0.2) if options.quick else (5, 1.0)
    entrants = {name: {'module': name} for name in ('ours', 'cleanrl')}
    with contestants(**entrants) as started:
        for sweep, values in SWEEPS.items():
            for value in values[:3:2] if options.quick else values:
                case: dict[str, Any] = {sweep: value}
                if sweep == 'width':
                    case = {'hidden_dims': (value, value)}
                described = prepare(started, case)
                rates = take_turns(started, list(described), rounds=rounds, seconds=seconds)
                result = compared(rates)
                emit(
                    bench='growth',
                    case=f'{sweep} {value}',
                    sweep=sweep,
                    value=value,
                    device=described['ours'],
                    **processors(),
                    ms_per_step={
                        name: round(1e3 / float(str(result[key])), 2)
                        for name, key in (
                            ('ours', 'steps_per_s'),
                            ('cleanrl', 'cleanrl_steps_per_s'),
                        )
                    },
                    vs_cleanrl=result['vs_cleanrl'],
                    vs_cleanrl_range=result['vs_cleanrl_range'],
                )


if __name__ == '__main__':
    main()
