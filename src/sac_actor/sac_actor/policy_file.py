# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the policy of a checkpoint, all that inference needs."""

from __future__ import annotations

from pathlib import Path

from sac_core.weights import decode_weights, PolicyWeights


def read_policy(checkpoint: str) -> PolicyWeights:
    """Read a checkpoint's policy.

    :param checkpoint: its directory
    :raises ValueError: where there is none, or it is not a policy
    """
    path = Path(checkpoint) / 'policy.safetensors'
    try:
        return decode_weights(path.read_bytes())
    except OSError as error:
        raise ValueError(f'checkpoint {checkpoint!r}: {error.strerror} ({path})') from error
    except ValueError as error:
        raise ValueError(f'checkpoint {checkpoint!r}: {error}') from error
