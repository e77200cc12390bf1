# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Policies in messages, there and back over real ROS."""

from __future__ import annotations

from builtin_interfaces.msg import Time
import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sac_core.ros import qos
from sac_core.ros.policy_messages import PolicyReader, weights_to_messages
from sac_core.ros.testing import Spinner
from sac_core.weights import encode_weights, encoded_size, PolicyArchitecture, PolicyWeights
from sac_interfaces.msg import PolicyWeights as PolicyWeightsMessage

pytestmark = pytest.mark.node

STAMP = Time(sec=12, nanosec=34)


def make_weights(version: int = 9) -> PolicyWeights:
    architecture = PolicyArchitecture(3, 2, (4,), 'tanh', False, -5.0, 2.0)
    random = np.random.default_rng(version)
    tensors = {
        name: random.normal(size=shape).astype(np.float32)
        for name, shape in architecture.tensor_shapes().items()
    }
    return PolicyWeights(architecture, tensors, version=version, learner_steps=8, env_steps=70)


def messages_of(weights: PolicyWeights, *, pieces: int = 1) -> list[PolicyWeightsMessage]:
    return weights_to_messages(weights, learner_session=4, stamp=STAMP, pieces=pieces)


@pytest.mark.parametrize('pieces', [1, 7])
def test_weights_survive_the_wire_bit_for_bit(pieces: int) -> None:
    weights, reader = make_weights(), PolicyReader()
    read = None
    for message in messages_of(weights, pieces=pieces):
        assert read is None
        arrived = deserialize_message(serialize_message(message), PolicyWeightsMessage)
        assert (arrived.learner_session, arrived.version, arrived.learner_steps) == (4, 9, 8)
        assert (arrived.env_steps, arrived.pieces) == (70, pieces)
        read = reader.read(arrived)
    assert read is not None
    assert (read.architecture, read.version) == (weights.architecture, 9)
    for name, tensor in weights.tensors.items():
        np.testing.assert_array_equal(read.tensors[name], tensor)


def test_weights_under_another_version_are_refused() -> None:
    (message,) = messages_of(make_weights())
    message.version = 10
    with pytest.raises(ValueError, match='policy version 10 carries 9'):
        PolicyReader().read(message)


def test_the_size_of_a_file_is_known_before_there_is_one() -> None:
    weights = make_weights()
    assert abs(encoded_size(weights.architecture) - len(encode_weights(weights))) < 64


def test_a_late_joiner_gets_the_newest_version_whole_also_in_the_midst_of_it() -> None:
    pieces = 5
    with Spinner() as spinner:
        talker, listener = spinner.node('talker'), spinner.node('listener')
        publisher = talker.create_publisher(
            PolicyWeightsMessage, 'policy_weights', qos.policy_weights_of(pieces)
        )
        old, new = (messages_of(make_weights(version), pieces=pieces) for version in (1, 2))
        for message in (*old, *new[:3]):
            publisher.publish(message)
        reader, versions = PolicyReader(), []

        def listen(message: PolicyWeightsMessage) -> None:
            if weights := reader.read(message):
                versions.append(weights.version)

        listener.create_subscription(
            PolicyWeightsMessage, 'policy_weights', listen, qos.qos_profile_policy_weights
        )
        spinner.until(publisher.get_subscription_count)
        for message in new[3:]:
            publisher.publish(message)
        spinner.until(lambda: versions)
        assert versions == [2]
