# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What the actor hears of its robot and its learner: checked, counted, passed on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import time

from rclpy.node import Node
from rclpy.time import Time
from sac_actor.actor import ActorCore
from sac_actor.onnx_policy import OnnxModel
from sac_core.belonging import check_run, Partner
from sac_core.message_validation import check_session, robot_spec_from_message
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import observation_from_message
from sac_core.ros.policy_messages import PolicyReader
from sac_core.spaces import RobotSpec
from sac_core.weight_pieces import MOST_PIECES
from sac_core.weights import PolicyWeights
from sac_interfaces import msg

# Bridges and learners of a run that were replaced, or that speak in vain.
_REMEMBERED = 64
# A bridge that lives speaks every half second, also while it is asked for nothing.
_BRIDGE_IS_SILENT = 2.0  # [s]
_LEARNER_IS_SILENT = 10.0  # [s]: so another one that was refused may take its place
# No bridge gets so far ahead of an actor that it hears.
_LARGEST_JUMP = 10_000  # episodes
_LARGEST_LEAD = 10_000  # versions that a learner asks for beyond the newest that came


class ActorInputs:
    """Keeps what an actor is built from, and hands it everything that comes later.

    :param run_id: of the node; what comes from another run is refused
    :param weights: of a policy that needs no learner; None: wait for a learner's
    :param on_change: called when the robot or the policy may have become known
    """

    def __init__(
        self,
        node: Node,
        *,
        run_id: int,
        weights: PolicyWeights | OnnxModel | None,
        on_change: Callable[[], None],
    ) -> None:
        self._now = node.get_clock().now
        self._run_id = run_id
        self._on_change = on_change
        self._robot_seen = False
        self._weights_made: float | None = None  # [s, monotonic]
        self.spec: RobotSpec | None = None
        self.weights = weights
        self.actor: ActorCore | None = None  # gets what comes, once there is one
        self.driving = False  # whether it wants observations
        self._policies = PolicyReader()
        # Newest episode of each bridge that has described itself.
        self._bridges: dict[int, int] = {}
        self._bridge = Partner('bridge_session', in_run=bool(run_id), patience=_BRIDGE_IS_SILENT)
        self._rivalry = ''  # why another bridge is refused that speaks on the same topic
        self._rivalry_heard = 0.0  # monotonic [s]
        self._foreign: dict[int, str] = {}  # bridges of other runs, and why each is refused
        self._learner_session = 0  # of the weights in use
        self._newest_version = 0  # of that learner
        self._learner_heard = 0.0  # monotonic [s]
        self._earlier_learners: dict[int, int] = {}  # session: newest version that it sent
        self._intruders: dict[int, None] = {}  # learners that took the place of one that lives
        self._early_acks: deque[msg.TransitionAck] = deque(maxlen=_REMEMBERED)
        self._refused_weights = ''  # why the newest weights are not used
        self.inbox = CheckedSubscriptions(node)
        subscribe = self.inbox.subscribe
        subscribe(msg.EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec)
        subscribe(
            msg.Observation, names.OBSERVATION, self._on_observation, qos.qos_profile_observation
        )
        if weights is None:
            weights_qos, ack_qos = qos.qos_profile_policy_weights, qos.qos_profile_transition_ack
            subscribe(
                msg.PolicyWeights,
                names.POLICY_WEIGHTS,
                self._on_weights,
                weights_qos,
                most_at_once=MOST_PIECES,
            )
            subscribe(msg.TransitionAck, names.TRANSITION_ACK, self._on_ack, ack_qos)

    @property
    def missing(self) -> str:
        """What must come before the actor can be built; empty where all is there."""
        if self.spec is None or not self._robot_seen:
            misfits = self.inbox.misfits
            why = misfits.get(names.ENV_SPEC) or misfits.get(names.OBSERVATION)
            return f'{names.OBSERVATION} from a bridge' + (f' ({why})' if why else '')
        if self._rivalry and time.monotonic() - self._rivalry_heard < _BRIDGE_IS_SILENT:
            return f'one bridge alone: {self._rivalry}'
        if self.weights is None:
            why = self.inbox.misfits.get(names.POLICY_WEIGHTS)
            return f'{names.POLICY_WEIGHTS} from a learner{self._refused_weights}' + (
                f' ({why})' if why else ''
            )
        return ''

    @property
    def missing_version(self) -> str:
        """Lockstep: which policy it waits for since that was refused; empty: none."""
        version = 0 if self.actor is None else self.actor.awaited_version
        if not version or not self._refused_weights:
            return ''
        return f'{names.POLICY_WEIGHTS} v{version}{self._refused_weights}'

    @property
    def weights_age(self) -> float:
        """Time since the newest weights were made [s], -1: none came.

        Only how old they were when they arrived goes by the system's clocks, which may jump.
        """
        if self._weights_made is None:
            return -1.0
        return time.monotonic() - self._weights_made

    def _age(self, message: msg.PolicyWeights) -> float:
        """Return how old a message is by the system's clocks [s], 0 where either lacks a time."""
        made, now = Time.from_msg(message.header.stamp).nanoseconds, self._now().nanoseconds
        return max(0.0, (now - made) * 1e-9) if made and now else 0.0

    def _on_env_spec(self, message: msg.EnvSpec) -> None:
        spec = robot_spec_from_message(message)
        try:
            check_run(self._run_id, message.run_id, message.process or 'a bridge')
        except ValueError as error:
            self._foreign[spec.bridge_session] = str(error)
            if len(self._foreign) > _REMEMBERED:
                del self._foreign[next(iter(self._foreign))]
            raise
        if self.spec is not None and (difference := self.spec.difference(spec)):
            raise ValueError(f'another robot than this one: {difference}')
        self._bridges.setdefault(spec.bridge_session, 0)
        if len(self._bridges) > _REMEMBERED:
            del self._bridges[next(iter(self._bridges))]
        if self.spec is None:
            self.spec = spec
            self._on_change()

    def _on_observation(self, message: msg.Observation) -> None:
        if foreign := self._foreign.get(message.bridge_session):
            raise ValueError(foreign)
        if self.spec is None:
            return
        observed = observation_from_message(message, self.spec)
        self._check_place(message, self.spec)
        if not self._robot_seen or (self._rivalry and self.actor is None):
            self._robot_seen = True
            self._on_change()
        if self.actor is not None and self.driving:
            self.actor.observe(observed)

    def _check_place(self, message: msg.Observation, spec: RobotSpec) -> None:
        """Refuse an observation that would make all that follow look old."""
        session, episode = message.bridge_session, message.episode_id
        newest = self._bridges.pop(session, None)
        if newest is None:
            raise ValueError(f'bridge_session {session} has sent no {names.ENV_SPEC}')
        self._bridges[session] = newest
        if self._robot_seen and episode > newest + _LARGEST_JUMP:
            raise ValueError(f'episode_id {episode} is far beyond the newest one, {newest}')
        if 0 < spec.max_episode_steps < message.step:
            raise ValueError(f'step must be at most {spec.max_episode_steps}, got {message.step}')
        try:
            self._bridge.check(session)
        except ValueError as error:
            self._rivalry, self._rivalry_heard = str(error), time.monotonic()
            raise
        self._bridges[session] = max(newest, episode)

    def _on_weights(self, message: msg.PolicyWeights) -> None:
        session = message.learner_session
        check_run(self._run_id, message.run_id, f'learner_session {session}')
        try:
            if session in self._intruders and not self._learner_is_silent:
                raise ValueError(
                    f'learner_session {session} speaks while {self._learner_session} does: two'
                    ' learners use one topic; end one of them'
                )
            # A learner that still publishes newer versions was not replaced: refuse the other.
            if message.version <= self._earlier_learners.get(session, -1):
                raise ValueError(f'learner_session {session} was replaced by another learner')
            newest = 0 if self.weights is None else self.weights.version
            if session == self._learner_session and message.version < newest:
                raise ValueError(f'policy version {message.version} is older than {newest}')
            weights = self._policies.read(message)
            if weights is None:
                return
            if self.spec is not None and weights.env_id not in ('', self.spec.env_id):
                raise ValueError(
                    f'a policy for {weights.env_id}, but the robot is {self.spec.env_id}'
                )
            if self.actor is not None:
                self.actor.use(weights, learner_session=session)
        except ValueError as error:
            self._refused_weights = f' (v{message.version} refused: {error})'[:200]
            raise
        self._refused_weights = ''
        self.weights = weights
        self._weights_made = time.monotonic() - self._age(message)
        if session != self._learner_session:
            self._follow(session)
        self._newest_version = weights.version
        self._learner_heard = time.monotonic()
        self._on_change()

    @property
    def _learner_is_silent(self) -> bool:
        return time.monotonic() - self._learner_heard > _LEARNER_IS_SILENT

    def _follow(self, learner_session: int) -> None:
        """Obey another learner from now on; what it has acknowledged by now counts, too."""
        if learner_session in self._earlier_learners:
            self._intruders[self._learner_session] = None
            if len(self._intruders) > _REMEMBERED:
                del self._intruders[next(iter(self._intruders))]
        elif self._learner_session:
            self._earlier_learners[self._learner_session] = self._newest_version
            if len(self._earlier_learners) > _REMEMBERED:
                del self._earlier_learners[next(iter(self._earlier_learners))]
        self._earlier_learners.pop(learner_session, None)
        self._intruders.pop(learner_session, None)
        self._learner_session = learner_session
        acks = [ack for ack in self._early_acks if ack.learner_session == learner_session]
        self._early_acks.clear()
        for ack in acks:
            self.inbox.take(names.TRANSITION_ACK, ack, self._on_ack)

    def _on_ack(self, message: msg.TransitionAck) -> None:
        check_run(self._run_id, message.run_id, f'learner_session {message.learner_session}')
        for name in ('learner_session', 'actor_session'):
            check_session(name, getattr(message, name))
        if message.trained_sequence > message.next_sequence:
            raise ValueError(
                f'trained_sequence {message.trained_sequence} is above next_sequence'
                f' {message.next_sequence}'
            )
        session = message.learner_session
        if session in self._earlier_learners or session in self._intruders:
            raise ValueError(
                f'learner_session {message.learner_session} was replaced by another learner'
            )
        newest = 0 if self.weights is None else self.weights.version
        if message.policy_version > newest + _LARGEST_LEAD:
            raise ValueError(f'policy_version {message.policy_version} is far beyond v{newest}')
        if message.learner_session != self._learner_session:
            self._early_acks.append(message)  # its weights may still be under way
            return
        self._learner_heard = time.monotonic()
        if self.actor is not None:
            self.actor.acknowledge(
                actor_session=message.actor_session,
                learner_session=message.learner_session,
                next_sequence=message.next_sequence,
                trained_sequence=message.trained_sequence,
                policy_version=message.policy_version,
                received_sequence=message.received_sequence,
            )
