# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's process: topics in and out of a control loop that runs on its own thread."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
import gc
import math
from pathlib import Path
import queue
import secrets
import sys

import numpy as np
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.time import Time
from sac_actor.config import ActorSettings
from sac_actor.control_loop import ControlLoop, Decision, EpisodeSummary, Observed
from sac_actor.loop_thread import LoopThread
from sac_actor.outbox import Outbox
from sac_actor.policy_runner import PolicyRunner
from sac_actor.safety_filter import SafetyFilter
from sac_actor.transition_queue import TransitionQueue
from sac_core.ros import names, qos
from sac_core.ros.conversions import (
    batch_to_message,
    robot_spec_from_message,
    to_floats,
    weights_from_message,
)
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_core.spaces import RobotSpec
from sac_core.weights import decode_weights, PolicyWeights
from sac_interfaces.msg import (
    ActorStatus,
    Command,
    EnvSpec,
    Episode,
    Observation,
    TransitionAck,
)
from sac_interfaces.msg import (
    PolicyWeights as PolicyWeightsMessage,
)
from sac_interfaces.msg import (
    TransitionBatch as BatchMessage,
)
from std_srvs.srv import SetBool

_LOG_PERIOD = 5.0  # [s] between repeated lines of the log
_HOUSEKEEPING_PERIOD = 0.1  # [s] for what is due by time: partial batches, sending again
# The control thread must not wait for Python's default 5 ms turn of another thread.
_SWITCH_INTERVAL = 0.0005  # [s]


class ActorNode(LifecycleNode):
    """Waits for a robot and a policy, then drives the one with the other until it is stopped."""

    def __init__(self) -> None:
        super().__init__('actor')
        self.node = self
        self.exit_code = 0
        self._settings = declare_settings(self, ActorSettings)
        refuse_unknown_overrides(self)
        self._needs_learner = not self._settings.checkpoint
        self._weights = None if self._needs_learner else _read_policy(self._settings.checkpoint)
        self._weights_time: Time | None = None
        self._session = secrets.randbits(63) | 1
        self._name = self.get_fully_qualified_name()
        self._spec: RobotSpec | None = None
        self._runner: PolicyRunner | None = None
        self._filter: SafetyFilter | None = None
        self._queue: TransitionQueue | None = None
        self._outbox: Outbox | None = None
        self._loop: ControlLoop | None = None
        self._thread: LoopThread | None = None
        self._robot_seen = False
        self._running = False
        self._rejected_weights = 0
        self._failure = ''
        self._exit_reason = ''
        self._finished_episodes: queue.SimpleQueue[EpisodeSummary] = queue.SimpleQueue()

        self._command = Command()
        self._command.actor_session = self._session
        self._command_publisher = self.create_publisher(
            Command, names.COMMAND, qos.qos_profile_command
        )
        self._transitions_publisher = self.create_publisher(
            BatchMessage, names.TRANSITIONS, qos.qos_profile_transitions
        )
        self._episode_publisher = self.create_publisher(
            Episode, names.EPISODE, qos.qos_profile_episode
        )
        self._status_publisher = self.create_publisher(
            ActorStatus, names.ACTOR_STATUS, qos.qos_profile_status
        )
        self.create_subscription(
            EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec
        )
        self.create_subscription(
            Observation, names.OBSERVATION, self._on_observation, qos.qos_profile_observation
        )
        if self._needs_learner:
            self.create_subscription(
                PolicyWeightsMessage,
                names.POLICY_WEIGHTS,
                self._on_weights,
                qos.qos_profile_policy_weights,
            )
            self.create_subscription(
                TransitionAck, names.TRANSITION_ACK, self._on_ack, qos.qos_profile_transition_ack
            )
        self.create_service(SetBool, names.HOLD_SERVICE, self._on_hold)
        self._work = self.create_guard_condition(self._send_due)
        self.create_timer(_HOUSEKEEPING_PERIOD, self._send_due)
        self.create_timer(self._settings.status_period, self._publish_status)
        self._log_waiting()

    # Lifecycle: configure builds the loop and checks robot against policy, activate moves.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Build the control loop for the known robot; nothing moves yet."""
        if self._spec is None or self._weights is None:
            self.get_logger().error(f'cannot configure: no {self._waiting_for()} yet')
            return TransitionCallbackReturn.FAILURE
        settings, spec = self._settings, self._spec
        self._runner = PolicyRunner(
            spec,
            random_steps=settings.random_steps,
            deterministic=settings.deterministic,
            seed=settings.seed,
        )
        try:
            self._runner.swap(self._weights)
        except ValueError as error:
            return self._fail(f'cannot configure: {error}')
        if self._needs_learner:
            self._queue = TransitionQueue(
                settings.queue_capacity,
                observation_dim=spec.observation_dim,
                action_dim=spec.action_dim,
            )
            self._outbox = Outbox(
                self._queue,
                session=self._session,
                actor=self._name,
                batch_size=settings.transition_batch_size,
                # In lockstep a batch cut by the clock would make runs differ.
                flush_timeout=settings.flush_timeout if settings.control_rate else math.inf,
                resend_timeout=settings.resend_timeout,
            )
        self._filter = SafetyFilter(spec.action_dim, max_change=settings.max_action_change)
        self._command.action = array('f', bytes(4 * spec.action_dim))
        self._loop = ControlLoop(
            spec,
            runner=self._runner,
            safety_filter=self._filter,
            queue=self._queue,
            send=self._publish_command,
            report=self._finished_episodes.put,
            max_env_steps=settings.max_env_steps,
            max_episodes=settings.max_episodes,
        )
        self._thread = LoopThread(
            self._loop,
            rate=settings.control_rate,
            may_act=self._may_act,
            after_tick=self._after_tick,
        )
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to drive the robot."""
        assert self._thread is not None and self._spec is not None
        rate = self._settings.control_rate
        pace = f'at {rate:g} Hz' if rate else 'in lockstep'
        step = self._spec.step_duration
        note = ''
        if rate and abs(rate * step - 1) > 0.01:
            note = f" ({rate * step:.3g} times the robot's own time: its step is {step:g} s)"
        self.get_logger().info(f'driving {self._spec.env_id} {pace}{note}')
        gc.freeze()  # what exists by now stays: the collector need not look at it again
        self._running = True
        self._thread.start()
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give no more commands; the bridge brings its robot to rest."""
        if self._thread is not None:
            self._thread.stop()
        self._running = False
        return super().on_deactivate(state)

    def _start_when_complete(self) -> None:
        complete = self._spec is not None and self._weights is not None and self._robot_seen
        if not complete or self._thread is not None or self._failure:
            return
        if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _waiting_for(self) -> str:
        if self._spec is None or not self._robot_seen:
            return f'{names.OBSERVATION} from a bridge'
        if self._weights is None:
            return f'{names.POLICY_WEIGHTS} from a learner'
        return ''

    # Topics and services.

    def _on_env_spec(self, message: EnvSpec) -> None:
        try:
            spec = robot_spec_from_message(message)
        except ValueError as error:
            self._fail(f'{names.ENV_SPEC}: {error}')
            return
        if self._spec is None:
            self._spec = spec
            self._start_when_complete()
        elif difference := self._spec.difference(spec):
            self._fail(f'the bridge came back with another robot: {difference}')

    def _on_observation(self, message: Observation) -> None:
        values = to_floats(message.observation)
        if self._spec is None:
            return
        if len(values) != self._spec.observation_dim or not np.isfinite(values).all():
            self.get_logger().error(
                f'observation refused: it must be {self._spec.observation_dim} finite numbers',
                throttle_duration_sec=_LOG_PERIOD,
            )
            return
        self._robot_seen = True
        self._start_when_complete()
        if self._thread is not None:
            self._thread.put(
                Observed(
                    bridge_session=message.bridge_session,
                    episode_id=message.episode_id,
                    step=message.step,
                    observation=values,
                    reward=message.reward,
                    terminated=message.terminated,
                    truncated=message.truncated,
                    success=message.success,
                )
            )

    def _on_weights(self, message: PolicyWeightsMessage) -> None:
        try:
            weights = weights_from_message(message)
            if self._runner is not None:
                self._runner.swap(weights)
        except ValueError as error:
            self._rejected_weights += 1
            self.get_logger().error(
                f'policy weights refused: {error}', throttle_duration_sec=_LOG_PERIOD
            )
            return
        self._weights = weights
        self._weights_time = Time.from_msg(message.header.stamp)
        if self._outbox is not None:
            self._outbox.learner_restarted(message.learner_session)
        self._start_when_complete()
        if self._thread is not None:
            self._thread.wake()

    def _on_ack(self, message: TransitionAck) -> None:
        if message.actor_session != self._session or self._outbox is None:
            return
        self._outbox.acknowledge(
            learner_session=message.learner_session,
            next_sequence=message.next_sequence,
            trained_sequence=message.trained_sequence,
            policy_version=message.policy_version,
        )
        if self._thread is not None:
            self._thread.wake()

    def _on_hold(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        response.success = self._loop is not None
        if self._loop is not None:
            self._loop.holding = request.data
            self.get_logger().info('holding' if request.data else 'released')
        else:
            response.message = f'nothing to hold: waiting for {self._waiting_for()}'
        return response

    # Called on the control thread: no waiting, no logging.

    def _publish_command(self, decision: Decision) -> None:
        command, answers = self._command, decision.answers
        command.header.stamp = self.get_clock().now().to_msg()
        command.bridge_session = answers.bridge_session
        command.episode_id = answers.episode_id
        command.step = answers.step
        command.reset = decision.reset
        np.frombuffer(command.action, np.float32)[:] = decision.action
        self._command_publisher.publish(command)

    def _may_act(self) -> bool:
        if self._outbox is None or self._queue is None or self._runner is None:
            return True
        return self._outbox.may_produce(
            sequence=self._queue.appended, version=self._runner.version
        )

    def _after_tick(self) -> None:
        loop, outbox = self._loop, self._outbox
        if (
            (outbox is not None and outbox.is_full())
            or not self._finished_episodes.empty()
            or (loop is not None and loop.finished)
        ):
            self._work.trigger()

    # Called on the executor's thread.

    def _send_due(self) -> None:
        while not self._finished_episodes.empty():
            self._publish_episode(self._finished_episodes.get())
        if self._outbox is None or self._loop is None:
            return
        ending = self._loop.finished or bool(self._exit_reason)
        for batch in self._outbox.batches(flush=ending):
            self._transitions_publisher.publish(
                batch_to_message(batch, self.get_clock().now().to_msg())
            )

    def _publish_episode(self, episode: EpisodeSummary) -> None:
        message = Episode()
        message.header.stamp = self.get_clock().now().to_msg()
        message.actor = self._name
        message.actor_session = self._session
        message.episode_id = episode.episode_id
        message.env_steps = episode.env_steps
        message.length = episode.length
        message.episode_return = episode.episode_return
        message.success = episode.success
        message.terminated = episode.terminated
        message.truncated = episode.truncated
        message.deterministic = self._settings.deterministic
        message.policy_version = episode.policy_version
        self._episode_publisher.publish(message)

    def _publish_status(self) -> None:
        message = ActorStatus()
        message.header.stamp = self.get_clock().now().to_msg()
        message.actor = self._name
        message.actor_session = self._session
        message.state = self._state()
        message.waiting_for = self._waiting_for()
        message.max_env_steps = self._settings.max_env_steps
        message.rejected_weights = self._rejected_weights
        message.weights_age = self._weights_age()
        if self._loop is not None and self._thread is not None and self._runner is not None:
            self._fill_loop_status(message, self._loop, self._thread, self._runner)
        if self._queue is not None and self._outbox is not None:
            message.transitions_sent = self._outbox.sent
            message.transitions_acked = self._queue.acknowledged
            message.transitions_dropped = self._queue.dropped
            message.queue_length = len(self._queue)
            message.queue_capacity = self._queue.capacity
            message.resends = self._outbox.resends
        if self._exit_reason:
            message.exit_reason, message.final = self._exit_reason, True
        self._status_publisher.publish(message)
        if not self._running and not self._exit_reason:
            self._log_waiting()

    def _fill_loop_status(
        self, message: ActorStatus, loop: ControlLoop, thread: LoopThread, runner: PolicyRunner
    ) -> None:
        periods = thread.statistics.take()
        message.env_steps = loop.env_steps
        message.episodes = loop.episodes
        message.control_rate = periods.rate
        message.period_mean = periods.mean
        message.period_std = periods.std
        message.period_max = periods.longest
        message.latency_max, thread.latency_max = thread.latency_max, 0.0
        message.ticks = thread.ticks
        message.overruns = thread.overruns
        message.stale_ticks = loop.stale_ticks
        message.policy_version = runner.version
        if self._filter is not None:
            message.filtered_actions = self._filter.changed

    def _state(self) -> str:
        if self._exit_reason or (self._loop is not None and self._loop.finished):
            return 'finished'
        if not self._running or self._loop is None:
            return 'waiting'
        return 'holding' if self._loop.holding else 'running'

    def _weights_age(self) -> float:
        if self._weights_time is None:
            return -1.0
        return (self.get_clock().now() - self._weights_time).nanoseconds * 1e-9

    def _log_waiting(self) -> None:
        self.get_logger().info(
            f'waiting for {self._waiting_for()}', throttle_duration_sec=_LOG_PERIOD
        )

    # The orderly end, see sac_core.ros.run.

    def _fail(self, reason: str) -> TransitionCallbackReturn:
        self._failure = self._failure or reason
        return TransitionCallbackReturn.FAILURE

    def wants_to_end(self) -> bool:
        """Say whether the last step is done and stored, or the actor cannot go on."""
        if self._thread is not None and self._thread.failure:
            self._fail(self._thread.failure)
        if self._failure:
            return True
        if self._loop is None or not self._loop.finished:
            return False
        if self._queue is None or self._outbox is None:
            return True
        lockstep = self._settings.control_rate == 0
        stored = self._queue.acknowledged == self._queue.appended
        return stored and (not lockstep or self._outbox.trained_sequence == self._queue.appended)

    def begin_end(self, reason: str) -> None:
        """Give no more commands; send what is left."""
        if self._failure:
            self.exit_code = 1
            print(f'actor: error: {self._failure}', file=sys.stderr, flush=True)
        if self._thread is not None:
            self._thread.stop()
        self._running = False
        self._exit_reason = self._failure or self._finish_reason() or reason
        self._send_due()

    def _finish_reason(self) -> str:
        if self._loop is None or not self._loop.finished:
            return ''
        steps = self._settings.max_env_steps
        return 'max_env_steps' if 0 < steps <= self._loop.env_steps else 'max_episodes'

    def has_ended(self) -> bool:
        """Say whether everything is stored, or nobody is there who could store it."""
        if self._queue is None or self._queue.acknowledged == self._queue.appended:
            return True
        return self._transitions_publisher.get_subscription_count() == 0

    def close(self) -> None:
        """Report for the last time."""
        if self._thread is not None:
            self._thread.stop()
        self._exit_reason = self._exit_reason or self._failure or 'failed'
        self._send_due()
        self._publish_status()
        for publisher in (self._status_publisher, self._episode_publisher):
            publisher.wait_for_all_acked(Duration(seconds=1))


def _read_policy(checkpoint: str) -> PolicyWeights:
    """Read a checkpoint's policy.

    :raises ValueError: where there is none, or it is not a policy
    """
    path = Path(checkpoint) / 'policy.safetensors'
    try:
        return decode_weights(path.read_bytes())
    except OSError as error:
        raise ValueError(f'checkpoint {checkpoint!r}: {error.strerror} ({path})') from error
    except ValueError as error:
        raise ValueError(f'checkpoint {checkpoint!r}: {error}') from error


def main(args: Sequence[str] | None = None) -> None:
    """Run the actor as a process."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    sys.exit(run_node('actor', ActorNode, args))


if __name__ == '__main__':
    main()
