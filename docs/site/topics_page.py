# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The page of topics and messages, from names, QoS profiles and .msg files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import re

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sac_core.ros import names, qos
from tables import table

MESSAGES = Path(__file__).resolve().parents[2] / 'src' / 'sac_interfaces' / 'msg'
_FIELD = re.compile(
    r'(?P<type>\S+)\s+(?P<name>\w+)(?:\s*=\s*(?P<value>\S+))?\s*(?:#\s*(?P<text>.*))?'
)

# topic, type, from, to, QoS
_TOPICS: tuple[tuple[str, str, str, str, QoSProfile], ...] = (
    (names.ENV_SPEC, 'EnvSpec', 'bridge', 'all', qos.qos_profile_env_spec),
    (names.OBSERVATION, 'Observation', 'bridge', 'actor', qos.qos_profile_observation),
    (names.COMMAND, 'Command', 'actor', 'bridge', qos.qos_profile_command),
    (names.TRANSITIONS, 'TransitionBatch', 'actor', 'learner', qos.qos_profile_transitions),
    (names.TRANSITION_ACK, 'TransitionAck', 'learner', 'actor', qos.qos_profile_transition_ack),
    (names.POLICY_WEIGHTS, 'PolicyWeights', 'learner', 'actors', qos.qos_profile_policy_weights),
    (names.EPISODE, 'Episode', 'actor', 'any', qos.qos_profile_episode),
    (names.ACTOR_STATUS, 'ActorStatus', 'actor', 'any', qos.qos_profile_status),
    (names.LEARNER_STATUS, 'LearnerStatus', 'learner', 'any', qos.qos_profile_status),
    (names.INTERVENTION, 'Intervention', 'a person', 'actor', qos.qos_profile_intervention),
    (
        names.EMERGENCY_STOP,
        'std_msgs/Bool',
        'any',
        'actor, bridge',
        qos.qos_profile_emergency_stop,
    ),
)
_HEAD = """# Topics and messages

All names are relative, so a namespace serves for a second robot. Latched topics (transient local)
give a late listener what was said before. Units stand in brackets; times are in seconds. Who may
say what, and what is refused: [security](../security.md).
"""


@dataclass(frozen=True)
class Field:
    """A line of a message."""

    type: str
    name: str
    text: str


def page() -> str:
    """Return the page."""
    rows = [
        (f'`{topic}`', _type(kind), f'{source} → {listener}', _describe(profile))
        for topic, kind, source, listener, profile in _TOPICS
    ]
    parts = [_HEAD, table(('topic', 'type', 'from → to', 'QoS'), rows)]
    parts.append('`/diagnostics` has the type `diagnostic_msgs/DiagnosticArray`, from every node.')
    for path in message_files():
        about, fields = read_message(path)
        lines = [(f'`{each.name}`', f'`{each.type}`', each.text) for each in fields]
        parts.append(f'## {path.stem}\n\n{about}\n\n{table(("field", "type", "meaning"), lines)}')
    return '\n\n'.join(parts) + '\n'


def message_files() -> list[Path]:
    """List the .msg files of the suite."""
    return sorted(MESSAGES.glob('*.msg'))


def read_message(path: Path) -> tuple[str, list[Field]]:
    """Read what a message says of itself, and its fields.

    :raises ValueError: where a line cannot be read, or a field is not explained
    """
    about, fields = [], []
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.strip():
            continue
        if line.startswith('#'):
            about.append(line.lstrip('# '))
        elif (match := _FIELD.fullmatch(line.strip())) and match['text']:
            name = f'{match["name"]} = {match["value"]}' if match['value'] else match['name']
            fields.append(Field(match['type'], name, match['text']))
        else:
            raise ValueError(f'{path.name}: not a field with its meaning: {line!r}')
    return ' '.join(about), fields


def _type(kind: str) -> str:
    return f'`{kind}`' if '/' in kind else f'[{kind}](#{kind.lower()})'


def _describe(profile: QoSProfile) -> str:
    words = ['reliable' if profile.reliability == ReliabilityPolicy.RELIABLE else 'best effort']
    if profile.durability == DurabilityPolicy.TRANSIENT_LOCAL:
        words.append('latched')
    return ', '.join([*words, f'depth {profile.depth}'])
