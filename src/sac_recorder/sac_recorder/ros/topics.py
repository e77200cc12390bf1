# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Which topics of a run are recorded, how they are heard, and how a recording describes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ament_index_python.packages import get_package_share_directory
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sac_core.ros import names
from sac_interfaces import msg
from sac_recorder.message_definitions import definition, type_hash
from sac_recorder.recording_file import Topic
from std_msgs.msg import Bool
import yaml

_DEPTH = 1000  # a burst of a lockstep run
_FOREVER = {'sec': 9223372036, 'nsec': 854775807}


@dataclass(frozen=True)
class Source:
    """A topic to listen to.

    :param latched: late joiners get what came before
    :param complete: whatever gets lost is sent again; else the publisher has no further work
    """

    name: str
    message_type: type[Any]
    latched: bool = False
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
            durability=(
                DurabilityPolicy.TRANSIENT_LOCAL if self.latched else DurabilityPolicy.VOLATILE
            ),
        )

    def describe(self, resolved_name: str) -> Topic:
        """Describe the topic under its full name, for a recording.

        :raises OSError: where the definition of its type is not installed
        """
        offered = {
            'history': 'keep_last',
            'depth': _DEPTH,
            'reliability': 'reliable' if self.complete else 'best_effort',
            'durability': 'transient_local' if self.latched else 'volatile',
            'deadline': _FOREVER,
            'lifespan': _FOREVER,
            'liveliness': 'automatic',
            'liveliness_lease_duration': _FOREVER,
            'avoid_ros_namespace_conventions': False,
        }
        name = self.type_name
        metadata = {
            'offered_qos_profiles': yaml.dump([offered], Dumper=_WithoutAliases, sort_keys=False),
            'topic_type_hash': type_hash(name, get_package_share_directory),
        }
        schema = definition(name, get_package_share_directory)
        return Topic(resolved_name, name, schema, tuple(metadata.items()))


# What the control loop sends at its rate is heard at its convenience: a listener that asks again
# for what it lost would cost the loop something.
_OF_RUN = (
    Source(names.ENV_SPEC, msg.EnvSpec, latched=True),
    Source(names.TRANSITIONS, msg.TransitionBatch),
    Source(names.TRANSITION_ACK, msg.TransitionAck, latched=True),
    Source(names.EPISODE, msg.Episode, latched=True),
    Source(names.ACTOR_STATUS, msg.ActorStatus),
    Source(names.LEARNER_STATUS, msg.LearnerStatus),
    Source(names.EMERGENCY_STOP, Bool, complete=False),
    Source(names.DIAGNOSTICS, DiagnosticArray, complete=False),
)
_OF_ROBOT = (
    Source(names.OBSERVATION, msg.Observation, complete=False),
    Source(names.COMMAND, msg.Command, complete=False),
    Source(names.INTERVENTION, msg.Intervention, complete=False),
)


def sources(actors: int) -> Iterator[Source]:
    """List what is recorded: of several actors, each has its robot in a namespace of its own."""
    yield from _OF_RUN
    for index in range(actors):
        for source in _OF_ROBOT:
            name = f'actor_{index}/{source.name}' if actors > 1 else source.name
            yield Source(name, source.message_type, source.latched, source.complete)


class _WithoutAliases(yaml.SafeDumper):
    """Writes what occurs twice twice: not every reader of YAML knows references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
