# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Finds an algorithm by its name; only the one that is asked for is imported."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sac_learner.algorithms.base import Algorithm

ENTRY_POINTS = 'sac.algorithms'  # the group under which other packages offer theirs
_OWN = {
    'sac': 'sac_learner.algorithms.sac.algorithm:Sac',
    'td3': 'sac_learner.algorithms.td3:Td3',
}


def known_algorithms() -> dict[str, str]:
    """Name the algorithms of this package and of the installed ones, each as MODULE:Class."""
    return {each.name: each.value for each in entry_points(group=ENTRY_POINTS)} | _OWN


def find_algorithm(name: str) -> type[Algorithm]:
    """Import an algorithm.

    :param name: one of `known_algorithms`, or MODULE:Class
    :raises ValueError: where there is none of that name, or it is not an algorithm
    """
    known = known_algorithms()
    module, separator, attribute = known.get(name, name).partition(':')
    if not separator:
        raise ValueError(
            f'algorithm must be one of {", ".join(sorted(known))}, or MODULE:Class, got {name!r}'
        )
    from sac_learner.algorithms.base import Algorithm

    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f'algorithm {name!r} cannot be imported: {error}') from error
    if not (isinstance(found, type) and issubclass(found, Algorithm)):
        raise ValueError(f'algorithm {name!r} must be a subclass of Algorithm, got {found!r}')
    return found
