# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Learner steps per second, as ratios to other learners' in the same run."""

from __future__ import annotations

import argparse
from typing import Any

from options import emit, parse, processors
from turns import compared, contestants, PEERS_PYTHON, prepare, take_turns

# What differs from the learner's defaults: 2 critics with LayerNorm, UTD 8, batch 256, float32.
CASES: dict[str, dict[str, Any]] = {
    'c2_utd8_fp32': {},
    'c2_utd8_fp32_no_layer_norm': {'layer_norm_critic': False},
    'c10_utd8_fp32': {'num_critics': 10},
    'c2_utd20_fp32': {'utd_ratio': 20},
    'c2_utd8_bf16': {'precision': 'bf16'},  # ours alone; the others go on in float32
}


def main() -> None:
    """Measure the cases one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--case', choices=CASES, action='append', help='default: all')
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--seconds', type=float, default=2.0, help='of each turn')
    options = parse(parser)
    if options.quick:
        options.rounds, options.seconds = 2, 0.4
        options.case = options.case or [name for name in CASES if 'no_layer_norm' not in name]
    entrants: dict[str, dict[str, Any]] = {
        'ours': {'module': 'ours'},
        'ours_fp32': {'module': 'ours', 'settings': {'precision': 'fp32'}},
        'cleanrl': {'module': 'cleanrl'},
    }
    if PEERS_PYTHON.exists():
        entrants['sbx'] = {'module': 'sbx_sac', 'peer': True}
        entrants['sb3'] = {'module': 'sb3_sac', 'peer': True}
    with contestants(**entrants) as started:
        for name in options.case or CASES:
            case = CASES[name]
            taking_part = dict(started)
            if 'precision' not in case:
                del taking_part['ours_fp32']
            described = prepare(taking_part, case)
            rates = take_turns(
                started, list(described), rounds=options.rounds, seconds=options.seconds
            )
            emit(
                bench='learner',
                case=name,
                device=described['ours'],
                **processors(),
                **compared(rates),
                others={key: text for key, text in described.items() if key != 'ours'},
            )


if __name__ == '__main__':
    main()
