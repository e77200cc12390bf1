# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Keyword arguments for an environment: read from a YAML mapping, named where they are refused."""

from __future__ import annotations

from collections.abc import Mapping
import re
from typing import Any

import yaml

# What the bridge itself says to `gymnasium.make`.
_RESERVED = ('id', 'disable_env_checker', 'render_mode')
_UNEXPECTED = re.compile(r"got an unexpected keyword argument '(\w+)'")
_TAKES_NONE = 'takes no arguments'


class _Loader(yaml.SafeLoader):
    """Takes 1e-3 for a number, as everybody but YAML 1.1 does."""


_Loader.add_implicit_resolver(
    'tag:yaml.org,2002:float', re.compile(r'[-+]?\d+(\.\d*)?[eE][-+]?\d+$'), list('-+0123456789')
)


def read_keywords(text: str) -> dict[str, Any]:
    """Read keyword arguments.

    :param text: such as '{forward_reward_weight: 2.0}'; empty: none
    :raises ValueError: where it is no mapping of names, or names what the bridge sets itself
    """
    try:
        keywords = yaml.load(text, _Loader) if text.strip() else {}
    except yaml.YAMLError as error:
        raise ValueError(f'env_kwargs must be a YAML mapping, got {text!r}') from error
    if not isinstance(keywords, dict) or not all(isinstance(name, str) for name in keywords):
        raise ValueError(f'env_kwargs must be a YAML mapping, as {{name: value}}, got {text!r}')
    for name in keywords:
        if name in _RESERVED:
            raise ValueError(f'env_kwargs must not hold {name!r}: the bridge sets it itself')
    return keywords


def unknown_keyword(error: Exception, keywords: Mapping[str, Any]) -> str:
    """Name the keyword argument that an environment does not take; empty: it is not that."""
    if not isinstance(error, TypeError):
        return ''
    if _TAKES_NONE in str(error):
        return next(iter(keywords), '')
    found = _UNEXPECTED.search(str(error))
    return found[1] if found is not None and found[1] in keywords else ''
