# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""QoS profile of each topic, with the reason for its depth."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sac_core.weight_pieces import MOST_PIECES


def _profile(depth: int, *, latched: bool = False, reliable: bool = True) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


# The last observation of an episode and the first of the next one follow each other at once.
qos_profile_observation = _profile(10)
qos_profile_command = _profile(1)
# A depth-10 subscriber loses messages silently even when reliable; this holds 1000 batches.
qos_profile_transitions = _profile(1000)
# Latched, so that an actor that was away learns what is stored; one message for each batch.
qos_profile_transition_ack = _profile(32, latched=True)
# Room for all pieces of any policy; who publishes uses `policy_weights_of`.
qos_profile_policy_weights = _profile(MOST_PIECES, latched=True)
# One latched message per bridge; a learner with several robots wants the spec of each.
qos_profile_env_spec = _profile(32, latched=True)
# The last status of a process says how it ended, and must arrive although the process is gone.
qos_profile_status = _profile(10)
# Latched, so that a monitor which starts late or again misses none of the latest.
qos_profile_episode = _profile(100, latched=True)
# Latched, so that a node which starts after the button was pressed knows of it.
qos_profile_emergency_stop = _profile(1, latched=True)
# Who listens must not miss a short press for the release that follows it at once.
qos_profile_emergency_stop_heard = _profile(10, latched=True)
# Asks for nothing that a publisher might not offer.
qos_profile_emergency_stop_any = _profile(10, reliable=False)
# Only a person's newest action counts.
qos_profile_intervention = _profile(1)


def policy_weights_of(pieces: int) -> QoSProfile:
    """Return the profile of a publisher of policies that are cut into a number of pieces.

    A late joiner gets the newest `pieces` messages: one whole policy, or the rest of one with the
    beginning of the next, whose rest follows. A queue that is exactly full has one more virtue:
    Fast DDS then asks with each message what is missing, else only every 3 s.
    """
    return _profile(pieces, latched=True)
