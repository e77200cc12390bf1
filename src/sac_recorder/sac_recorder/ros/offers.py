# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the publishers of the recorded topics offer, as rosbag2 keeps it for a playback."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from rclpy.qos import HistoryPolicy, LivelinessPolicy, QoSProfile
from sac_recorder.ros.topics import RecordedTopic
import yaml

_FOREVER = 2**63 - 1  # [ns], how rosbag2 writes that there is no limit


def offered_profiles(node: Node, source: RecordedTopic) -> str:
    """Give the profiles that the publishers of a topic offer at present, as YAML, each once.

    Where none is known, what the suite's own publisher offers. A reader compares the profiles in
    metadata.yaml with those in the file, so they are those of the topic's first message, as in a
    recording of rosbag2.

    :param node: that listens to the topic
    """
    infos = node.get_publishers_info_by_topic(node.resolve_topic_name(source.name))
    profiles: list[dict[str, Any]] = []
    for info in infos:
        described = _describe(info.qos_profile, source.offered)
        if described not in profiles:
            profiles.append(described)
    profiles = profiles or [_describe(source.offered, source.offered)]
    return yaml.dump(profiles, Dumper=_WithoutAliases, sort_keys=False)


def _describe(profile: QoSProfile, own: QoSProfile) -> dict[str, Any]:
    """Describe a profile in the words of rosbag2's metadata.

    :param own: of the suite's publishers on this topic. DDS does not tell listeners how much a
        publisher keeps; for the suite's own topics it is known.
    """
    by_topic = profile.liveliness == LivelinessPolicy.MANUAL_BY_TOPIC
    known = profile if profile.history != HistoryPolicy.UNKNOWN and profile.depth else own
    return {
        'history': known.history.short_key,
        'depth': known.depth,
        'reliability': profile.reliability.short_key,
        'durability': profile.durability.short_key,
        'deadline': _duration(profile.deadline.nanoseconds),
        'lifespan': _duration(profile.lifespan.nanoseconds),
        'liveliness': 'manual_by_topic' if by_topic else 'automatic',
        'liveliness_lease_duration': _duration(profile.liveliness_lease_duration.nanoseconds),
        'avoid_ros_namespace_conventions': False,
    }


def _duration(nanoseconds: int) -> dict[str, int]:
    """Write a duration; 0 is rclpy's word for one that was not set."""
    seconds, rest = divmod(nanoseconds or _FOREVER, 10**9)
    return {'sec': seconds, 'nsec': rest}


class _WithoutAliases(yaml.SafeDumper):
    """Writes what occurs twice twice: not every reader of YAML knows references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
