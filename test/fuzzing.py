# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Malformed and hostile messages for every topic of a run, drawn from a seed.

Each is made from a message that was really sent, so that it is wrong in one place and right in
all others: true sessions, true dimensions, and one number that is not finite. What nobody could
tell from the true sender's word, such as a valid command at the right step, is not among them:
against that helps who may speak at all (docs/security.md).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
import math
import random
from typing import Any
import zlib

from rclpy.serialization import deserialize_message, serialize_message
from sac_interfaces import msg

INTEGERS = {'uint8': 8, 'uint32': 32, 'uint64': 64}
FLOATS = ('float', 'double')
# Finite in float32, and of no robot.
BAD_FLOATS = (math.nan, math.inf, -math.inf, 3e38, -1e30)
BAD_TEXTS = ('a\nb', '\x1b[2J', 'x' * 5000, '\u202e', '\x07' * 20)
BAD_METRICS = (['env_steps'], ['q_mean'] * 3, ['\x1b[2J'], ['x' * 5000], ['a'] * 5000)
Spoiler = Callable[[Any, random.Random], None]


def copy_of(message: Any) -> Any:
    return deserialize_message(serialize_message(message), type(message))


# Ways to spoil a message for good; each takes a copy that may be spoilt in other ways already.


def setting(**values: Any) -> Spoiler:
    """Set fields, each to one of the values given for it."""

    def spoil(message: Any, draw: random.Random) -> None:
        for name, choices in values.items():
            setattr(message, name, draw.choice(choices))

    return spoil


def wrong_length(*names: str) -> Spoiler:
    """Make an array shorter, longer, empty or huge."""

    def spoil(message: Any, draw: random.Random) -> None:
        name = draw.choice(names)
        values = getattr(message, name)
        count = len(values)
        wanted = [0, max(0, count - 1), count + 1, 2 * count + 1, 20_000]
        length = draw.choice([each for each in wanted if each != count])
        longer = array(values.typecode, values.tobytes() + bytes(values.itemsize * length))
        setattr(message, name, longer[:length])

    return spoil


def bad_number(*names: str) -> Spoiler:
    """Put a number that is not finite, or huge, somewhere into an array."""

    def spoil(message: Any, draw: random.Random) -> None:
        values = getattr(message, draw.choice(names))
        bad = draw.choice(BAD_FLOATS)
        if len(values):
            values[draw.randrange(len(values))] = bad
        else:
            values.append(bad)

    return spoil


def bad_stamp(message: Any, draw: random.Random) -> None:
    stamp = message.header.stamp
    if draw.random() < 0.5:
        stamp.sec = draw.choice([-1, -(2**31)])
    else:
        stamp.nanosec = draw.choice([10**9, 2**32 - 1])


def other_robot(message: msg.EnvSpec, draw: random.Random) -> None:
    """Describe a robot that is well-formed, and not the one of this run."""
    message.action_dim = draw.randrange(7, 40)  # has more joints than any of the tests' robots
    message.action_low = array('f', [-1.0] * message.action_dim)
    message.action_high = array('f', [1.0] * message.action_dim)


def signed_nonsense(message: msg.PolicyWeights, draw: random.Random) -> None:
    """Sign a file that is none, in one piece."""
    header = draw.choice([b'{}', b'[' * 3000, b'{"__metadata__":{"policy":"{}"}}', b'\xff\xfe'])
    data = draw.choice(
        [
            draw.randbytes(draw.randrange(1, 300)),
            len(header).to_bytes(8, 'little') + header,
            (2**63).to_bytes(8, 'little') + header,
        ]
    )
    message.data, message.size, message.crc32 = array('B', data), len(data), zlib.crc32(data)
    message.piece, message.pieces = 0, 1
    message.version = min(message.version, 2**62) + draw.randrange(1, 100)


HUGE = (2**62, 2**63 - 1, 2**63, 2**64 - 1)
SPOILERS: dict[type[Any], tuple[Spoiler, ...]] = {
    msg.EnvSpec: (
        setting(bridge_session=[0]),
        setting(env_id=BAD_TEXTS),
        setting(observation_dim=[0, 4097, 2**31, 2**32 - 1]),
        setting(action_dim=[0, 4097, 2**31, 2**32 - 1]),
        setting(step_duration=[0.0, -1.0, 1e300, math.nan, math.inf]),
        wrong_length('action_low', 'action_high'),
        bad_number('action_low', 'action_high'),
        bad_stamp,
        other_robot,
    ),
    msg.Observation: (
        setting(bridge_session=[0, 1, 2**64 - 1]),
        setting(episode_id=HUGE),
        setting(step=[2**31, 2**32 - 1]),
        setting(reward=BAD_FLOATS),
        wrong_length('observation'),
        bad_number('observation'),
        bad_stamp,
    ),
    msg.Command: (
        setting(bridge_session=[0, 1, 2**64 - 1]),
        setting(episode_id=HUGE),
        setting(step=[2**31, 2**32 - 1]),
        wrong_length('action'),
        bad_number('action'),
        bad_stamp,
    ),
    msg.TransitionBatch: (
        setting(actor_session=[0]),
        setting(actor=BAD_TEXTS),
        setting(first_sequence=HUGE),
        setting(oldest_sequence=HUGE),
        setting(count=[0, 10_000, 2**31, 2**32 - 1]),
        setting(observation_dim=[0, 10_000, 2**32 - 1]),
        setting(action_dim=[0, 10_000, 2**32 - 1]),
        wrong_length('observations', 'actions', 'rewards', 'next_observations', 'episode_ids'),
        wrong_length('terminated', 'truncated', 'intervened', 'filtered', 'policy_versions'),
        bad_number('observations', 'actions', 'rewards', 'next_observations'),
        bad_stamp,
    ),
    msg.TransitionAck: (
        setting(learner_session=[0]),
        setting(actor_session=[0]),
        setting(next_sequence=HUGE),
        setting(next_sequence=[0], trained_sequence=[1, *HUGE]),
        setting(policy_version=[2**40, *HUGE]),
        bad_stamp,
    ),
    msg.PolicyWeights: (
        setting(learner_session=[0]),
        setting(version=[0, *HUGE[2:]]),
        setting(size=[0, 2**31, 2**32 - 1]),
        setting(pieces=[0, 4097, 2**32 - 1]),
        setting(piece=[4096, 2**32 - 1]),
        wrong_length('data'),
        signed_nonsense,
        bad_stamp,
    ),
    msg.ActorStatus: (
        setting(actor_session=[0]),
        setting(env_steps=HUGE),
        setting(episodes=HUGE),
        setting(actor=BAD_TEXTS),
        setting(stop_reason=BAD_TEXTS),
        setting(metric_names=BAD_METRICS),
        bad_stamp,
    ),
    msg.LearnerStatus: (
        setting(learner_session=[0]),
        setting(env_steps=HUGE),
        setting(learner_steps=HUGE),
        setting(device=BAD_TEXTS),
        setting(metric_names=BAD_METRICS),
        bad_stamp,
    ),
    msg.Episode: (
        setting(actor_session=[0]),
        setting(env_steps=HUGE),
        setting(episode_return=[math.nan, math.inf, -math.inf]),
        setting(length=[0]),
        setting(actor=BAD_TEXTS),
        bad_stamp,
    ),
    msg.Intervention: (wrong_length('action'), bad_number('action'), bad_stamp),
}
# At these nodes a field may say anything without harm, but here only the truth must be said:
# anybody may stop the robot, and who hands it back gives no action to check.
FIXED: dict[type[Any], dict[str, Any]] = {
    msg.Command: {'stop': False},
    msg.Intervention: {'active': True},
}


class Fuzzer:
    """Draws messages that a node must refuse, or drop before it sees them, and old ones again.

    :param template: a message that was really sent
    """

    def __init__(self, template: Any, *, seed: int) -> None:
        self._template = template
        self._draw = random.Random(seed)

    def messages(self, count: int) -> Iterator[Any]:
        """Yield messages, now and then bytes that are none, or the true message once more."""
        for _ in range(count):
            way = self._draw.random()
            if way < 0.75:
                yield self._message()
            elif way < 0.95:
                yield self._bytes()
            else:
                yield self._template

    def _message(self) -> Any:
        message = copy_of(self._template)
        if self._draw.random() < 0.3:
            self._scramble(message)
        return self._spoilt(message)

    def _spoilt(self, message: Any) -> Any:
        self._draw.choice(SPOILERS[type(message)])(message, self._draw)
        for name, value in FIXED.get(type(message), {}).items():
            setattr(message, name, value)
        return message

    def _scramble(self, message: Any) -> None:
        """Set some fields to anything that fits their type."""
        draw = self._draw
        fields = message.get_fields_and_field_types()
        for name in draw.sample(list(fields), draw.randrange(1, 4)):
            kind = fields[name]
            if kind in INTEGERS:
                bits = INTEGERS[kind]
                value: Any = draw.choice([0, 1, 2**bits - 1, draw.getrandbits(bits)])
            elif kind in FLOATS:
                value = draw.choice([*BAD_FLOATS, 0.0, -0.0, draw.uniform(-10, 10)])
            elif kind == 'boolean':
                value = draw.random() < 0.5
            elif kind == 'string':
                value = draw.choice(['', *BAD_TEXTS])
            else:
                continue
            setattr(message, name, value)

    def _bytes(self) -> Any:
        """Draw bytes that are no message; where they happen to be one, that is spoilt, too."""
        raw = self._raw(serialize_message(self._message()))
        try:
            return self._spoilt(deserialize_message(raw, type(self._template)))
        except RuntimeError:
            return raw
        except TypeError:
            # The largest float32 is beyond what ROS_PYTHON_CHECK_FIELDS=1, which is for tests,
            # lets rclpy read: a fault of that check, and no message for a node that has it on.
            return self._message()

    def _raw(self, whole: bytes) -> bytes:
        draw = self._draw
        way = draw.randrange(4)
        if way == 0:
            return draw.randbytes(draw.randrange(200))
        if way == 1:
            return whole[: draw.randrange(len(whole))]
        if way == 2:  # a length that nothing follows
            place = draw.randrange(4, len(whole) - 4)
            return whole[:place] + b'\xff\xff\xff\x7f' + whole[place + 4 :]
        flipped = bytearray(whole)
        for _ in range(draw.randrange(1, 5)):
            flipped[draw.randrange(4, len(flipped))] ^= 1 << draw.randrange(8)
        return bytes(flipped)
