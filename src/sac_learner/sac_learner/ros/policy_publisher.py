# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The topic of the policies: in pieces that suit the network, off the training thread."""

from __future__ import annotations

from rclpy.duration import Duration
from rclpy.node import Node
from sac_core.ros import names, network, qos
from sac_core.ros.policy_messages import weights_to_messages
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_core.weight_pieces import pieces_needed
from sac_core.weights import encoded_size, PolicyArchitecture, PolicyWeights
from sac_interfaces import msg
from sac_learner.weights_sender import WeightsSender

# One packet, with room for the headers; a lost one costs no other.
_NETWORK_PIECE = 1200  # bytes
# Within this machine nothing is lost: 300 KB arrive after 2 ms, in packets' size after 10 ms.
_LOCAL_PIECE = 60_000  # bytes
_NO_TIME = Duration(nanoseconds=0)


class PolicyPublisher:
    """Publishes policies of one architecture.

    :param run_id: of the node
    :param learner_session: > 0
    :param piece_size: largest piece [bytes]; 0: what suits the network
    :raises ValueError: where such a policy is too large to be sent
    """

    def __init__(
        self,
        node: Node,
        architecture: PolicyArchitecture,
        *,
        run_id: int,
        learner_session: int,
        piece_size: int,
    ) -> None:
        local = network.is_local()
        piece_size = piece_size or (_LOCAL_PIECE if local else _NETWORK_PIECE)
        pieces = pieces_needed(encoded_size(architecture), piece_size)
        now = node.get_clock().now
        self._publisher = NoGilPublisher(
            node, msg.PolicyWeights, names.POLICY_WEIGHTS, qos.policy_weights_of(pieces)
        )
        self._sender = WeightsSender(
            lambda weights: weights_to_messages(
                weights,
                run_id=run_id,
                learner_session=learner_session,
                stamp=now().to_msg(),
                pieces=pieces,
            ),
            self._publisher.publish,
            # Without a wait: rclpy would keep the interpreter locked for that time.
            lambda: self._publisher.wait_for_all_acked(_NO_TIME),
            gently=not local,
        )

    @property
    def failure(self) -> str:
        """Why no policy is sent any more; empty while all is well."""
        return self._sender.failure

    def publish(self, weights: PolicyWeights) -> None:
        """Hand over a policy; returns at once. From any thread."""
        self._sender.send(weights)

    def close(self) -> None:
        """Send what was handed over last, and end the thread."""
        self._sender.close()
