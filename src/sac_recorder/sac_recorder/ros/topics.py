# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which topics of a run are recorded, how they are heard, and how a recording describes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ament_index_python.packages import get_package_share_directory
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sac_core.ros import names, qos
from sac_interfaces import msg
from sac_recorder.message_definitions import definition, type_hash
from sac_recorder.recording_file import Topic
from std_msgs.msg import Bool

_DEPTH = 1000  # a burst of a lockstep run


@dataclass(frozen=True)
class RecordedTopic:
    """A topic to listen to.

    :param offered: how the suite's own nodes publish it
    :param complete: whatever gets lost is sent again; else the publisher has no further work
    """

    name: str
    message_type: type[Any]
    offered: QoSProfile
    complete: bool = True

    @property
    def type_name(self) -> str:
        """Name of the type as 'package/msg/Name'."""
        package, kind, *_ = self.message_type.__module__.split('.')
        return f'{package}/{kind}/{self.message_type.__name__}'

    @property
    def profile(self) -> QoSProfile:
        """How to subscribe."""
        return QoSProfile(
            depth=_DEPTH,
            reliability=(
                ReliabilityPolicy.RELIABLE if self.complete else ReliabilityPolicy.BEST_EFFORT
            ),
            durability=(self.offered.durability if self.complete else DurabilityPolicy.VOLATILE),
        )

    def describe(self, resolved_name: str, offers: str) -> Topic:
        """Describe the topic under its full name, for a recording.

        :param offers: what its publishers offer, see `offered_profiles`
        :raises OSError: where the definition of its type is not installed
        """
        name = self.type_name
        metadata = {
            'offered_qos_profiles': offers,
            'topic_type_hash': type_hash(name, get_package_share_directory),
        }
        schema = definition(name, get_package_share_directory)
        return Topic(resolved_name, name, schema, tuple(metadata.items()))


# What the control loop sends at its rate is heard at its convenience: a listener that asks again
# for what it lost would cost the loop something.
_OF_RUN = (
    RecordedTopic(names.ENV_SPEC, msg.EnvSpec, qos.qos_profile_env_spec),
    RecordedTopic(names.TRANSITIONS, msg.TransitionBatch, qos.qos_profile_transitions),
    RecordedTopic(names.TRANSITION_ACK, msg.TransitionAck, qos.qos_profile_transition_ack),
    RecordedTopic(names.EPISODE, msg.Episode, qos.qos_profile_episode),
    RecordedTopic(names.ACTOR_STATUS, msg.ActorStatus, qos.qos_profile_status),
    RecordedTopic(names.LEARNER_STATUS, msg.LearnerStatus, qos.qos_profile_status),
    RecordedTopic(names.EMERGENCY_STOP, Bool, qos.qos_profile_emergency_stop, complete=False),
    RecordedTopic(names.DIAGNOSTICS, DiagnosticArray, qos.qos_profile_status, complete=False),
)
_OF_ROBOT = (
    RecordedTopic(names.OBSERVATION, msg.Observation, qos.qos_profile_observation, complete=False),
    RecordedTopic(names.COMMAND, msg.Command, qos.qos_profile_command, complete=False),
    RecordedTopic(
        names.INTERVENTION, msg.Intervention, qos.qos_profile_intervention, complete=False
    ),
)


def sources(actors: int) -> Iterator[RecordedTopic]:
    """List what is recorded: of several actors, each has its robot in a namespace of its own."""
    yield from _OF_RUN
    for index in range(actors):
        for source in _OF_ROBOT:
            name = f'actor_{index}/{source.name}' if actors > 1 else source.name
            yield replace(source, name=name)
