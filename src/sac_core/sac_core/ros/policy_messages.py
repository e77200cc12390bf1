# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Policies to and from PolicyWeights messages, of which each carries a piece of the file."""

from __future__ import annotations

from array import array

from builtin_interfaces.msg import Time
from sac_core.weight_pieces import cut, PieceAssembler, PolicyFile
from sac_core.weights import decode_weights, encode_weights, PolicyWeights
from sac_interfaces.msg import PolicyWeights as PolicyWeightsMessage


def weights_to_messages(
    weights: PolicyWeights,
    *,
    learner_session: int,
    stamp: Time,
    pieces: int = 1,
    run_id: int = 0,
) -> list[PolicyWeightsMessage]:
    """Write a policy, to be published as a whole before the next one.

    :param pieces: number of messages
    """
    file, parts = cut(
        encode_weights(weights),
        learner_session=learner_session,
        version=weights.version,
        pieces=pieces,
    )
    messages = []
    for piece, part in enumerate(parts):
        message = PolicyWeightsMessage(run_id=run_id, piece=piece, **vars(file))
        message.header.stamp = stamp
        message.learner_steps = weights.learner_steps
        message.env_steps = weights.env_steps
        message.data = array('B', part)
        messages.append(message)
    return messages


class PolicyReader:
    """Reads and checks policies that come in pieces."""

    def __init__(self) -> None:
        self._assembler = PieceAssembler()

    def read(self, message: PolicyWeightsMessage) -> PolicyWeights | None:
        """Take in a message.

        :return: the policy that it completes
        :raises ValueError: where piece, checksum, a tensor or the version is wrong
        """
        file = PolicyFile(
            learner_session=message.learner_session,
            version=message.version,
            crc32=message.crc32,
            size=message.size,
            pieces=message.pieces,
        )
        data = self._assembler.add(file, message.piece, message.data.tobytes())
        if data is None:
            return None
        weights = decode_weights(data)
        if weights.version != message.version:
            raise ValueError(f'policy version {message.version} carries {weights.version}')
        return weights
