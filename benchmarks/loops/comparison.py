# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a disturbance changed the percentiles of a loop by more than they scatter without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# A robot that answers sooner lengthens the latency, and one that answers later shortens it: both
# are shown, but what the loop itself makes of them is its response.
_OWN = ('lateness', 'response')
_BLOCKS = 5  # parts of the undisturbed time, whose percentiles show how far they scatter


def compare(
    before: dict[str, np.ndarray], during: dict[str, np.ndarray]
) -> dict[str, float | bool | None]:
    """Give the ratio of each percentile, during to before, beside its spread without disturbance.

    The spread is the largest over the smallest percentile of five equal parts of the time before.

    :param before: samples of each quantity, in order
    :param during: likewise
    :return: for each: `NAME_p50_ratio`, `NAME_p50_spread`, the same for p99, and
        `within_spread`, whether no ratio is above its spread, and `own_within_spread`, the same
        of the loop's own lateness and response; None where there is too little
    """
    result: dict[str, float | bool | None] = {}
    within: dict[str, bool] = {}
    for name, samples in before.items():
        for percent in (50, 99):
            key = f'{name}_p{percent}'
            ratio, spread = _ratio_and_spread(samples, during[name], percent)
            result[f'{key}_ratio'], result[f'{key}_spread'] = ratio, spread
            if ratio is not None and spread is not None:
                within[name] = within.get(name, True) and ratio <= spread
    own = [within[name] for name in _OWN if name in within]
    result['within_spread'] = all(within.values()) if within else None
    result['own_within_spread'] = all(own) if own else None
    return result


def compare_rates(before: Sequence[float], during: Sequence[float]) -> dict[str, float | bool]:
    """Give the ratio of the median rates, during to before, beside the spread of those before.

    :return: `ratio`, `spread` and `within_spread`, whether the rate fell by no more than that
    """
    ratio = float(np.median(during) / np.median(before))
    spread = max(before) / min(before)
    return {
        'ratio': round(ratio, 3),
        'spread': round(spread, 3),
        'within_spread': ratio * spread >= 1.0,
    }


def _ratio_and_spread(
    before: np.ndarray, during: np.ndarray, percent: float
) -> tuple[float | None, float | None]:
    if len(before) < _BLOCKS or not len(during):
        return None, None
    blocks = [float(np.percentile(b, percent)) for b in np.array_split(before, _BLOCKS)]
    whole = float(np.percentile(before, percent))
    if min(*blocks, whole) <= 0:
        return None, None
    ratio = float(np.percentile(during, percent)) / whole
    return round(ratio, 2), round(max(blocks) / min(blocks), 2)
