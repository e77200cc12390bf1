# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor's process: topics in and out of an `Actor`, whose loop runs on its own thread."""

from __future__ import annotations

from collections.abc import Sequence
import gc
from pathlib import Path
import sys
from typing import Any

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sac_actor.actor import ActorCore
from sac_actor.config import ActorSettings
from sac_actor.hold_state_file import HoldStateFile
from sac_actor.human_control import HumanControl
from sac_actor.irregular_ticks import IrregularTicks
from sac_actor.policy_file import read_policy
from sac_actor.ros.diagnostics import ActorDiagnostics
from sac_actor.ros.inputs import ActorInputs
from sac_actor.ros.operator_control import OperatorControl
from sac_actor.ros.publishers import ActorPublishers
from sac_actor.ros.watchdog_monitor import WatchdogMonitor
from sac_actor.state_directory import StateDirectory
from sac_actor.stop_arbiter import StopArbiter
from sac_core.cpu_affinity import parse_cpus
from sac_core.metric import Source
from sac_core.realtime import RealTimeScheduling
from sac_core.reported_metrics import fill_metrics
from sac_core.ros import names
from sac_core.ros.conversions import fill
from sac_core.ros.parameter_changes import change_period, ParameterChanges
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import EXIT_BAD_CONFIGURATION, run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer, throttled
from sac_core.sessions import new_session

_LOG_PERIOD = 5.0  # [s] between repeated lines of the log
_HOUSEKEEPING_PERIOD = 0.1  # [s] for what is due by time: partial batches, sending again
# The control thread must not wait for Python's default 5 ms turn of another thread.
_SWITCH_INTERVAL = 0.0001  # [s]


class ActorNode(LifecycleNode):
    """Waits for a robot and a policy, then drives the one with the other until it is stopped.

    :param node_options: for rclpy's node, such as a context of its own
    :raises ValueError: for a bad parameter, checkpoint or state_dir
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__('actor', **node_options)
        self.node = self
        self.exit_code = 0
        run_id = declare_run_id(self)
        self._settings = declare_settings(self, ActorSettings)
        refuse_unknown_overrides(self)
        needs_learner = not self._settings.checkpoint
        weights = None if needs_learner else read_policy(self._settings.checkpoint)
        state_dir = self._settings.state_dir if needs_learner else ''
        self._state = StateDirectory(Path(state_dir)) if state_dir else None
        self._session = new_session()
        self.actor: ActorCore | None = None
        self._running = False
        self._irregular_ticks = IrregularTicks()
        self._left_out = 0  # episodes of evaluations, as far as that is told
        self._failure = ''
        self._exit_reason = ''

        self.inputs = ActorInputs(
            self,
            run_id=run_id,
            weights=weights,
            on_change=self._start_when_complete,
        )
        self._stop_arbiter = StopArbiter()
        self._human = HumanControl(
            intervention_timeout=self._settings.intervention_timeout,
            eval_episodes=self._settings.eval_episodes,
            eval_period=self._settings.eval_period,
        )
        self._operator_control = OperatorControl(
            self,
            self._stop_arbiter,
            self._human,
            HoldStateFile(Path(state_dir) if state_dir else None),
            run_id=run_id,
            wake=self._wake,
            inbox=self.inputs.inbox,
            waiting_for=self._waiting_for,
        )
        self._watchdog_care = WatchdogMonitor(self, self._settings, self._stop_arbiter)
        self._real_time = RealTimeScheduling(
            priority=self._settings.rt_priority,
            cpus=parse_cpus(self._settings.cpu_affinity),
            lock_memory=self._settings.lock_memory,
            warn=self.get_logger().warning,
        )
        self._output = ActorPublishers(self, run_id=run_id, session=self._session)
        self._diagnostics = ActorDiagnostics(self, self._settings, self._output.reports)
        self._work = self.create_guard_condition(self._send_due)
        create_timer(self, _HOUSEKEEPING_PERIOD, self._send_due)
        self._changes = ParameterChanges(self, Path(state_dir) if state_dir else None)
        self._current = self._changes.accept(
            self._settings, check=self._check_change, apply=self._change
        )
        self._status_timer = create_timer(self, self._current.status_period, self._publish_status)
        self._log_earlier_sessions()
        self._log_waiting()

    # Lifecycle: configure builds the actor and checks robot against policy, activate moves.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Build the control loop for the known robot; nothing moves yet."""
        spec, weights = self.inputs.spec, self.inputs.weights
        if spec is None or weights is None:
            self.get_logger().error(f'cannot configure: no {self._waiting_for()} yet')
            return TransitionCallbackReturn.FAILURE
        if self.actor is None:
            self._operator_control.begin(spec)
            self._output.set_action_dim(spec.action_dim)
            try:
                self.actor = ActorCore(
                    self._settings,
                    spec,
                    weights,
                    stop_arbiter=self._stop_arbiter,
                    human=self._human,
                    session=self._session,
                    name=self.get_fully_qualified_name(),
                    send=self._output.command,
                    notify=self._work.trigger,
                    prepare=self._prepare_control_thread,
                    state=self._state,
                )
                self.actor.check_change(self._current)
                self.actor.change(self._current)
            except ValueError as error:
                self._fail(f'cannot configure: {error}', exit_code=EXIT_BAD_CONFIGURATION)
                return TransitionCallbackReturn.FAILURE
            if self._state is not None and self._state.size_warning:
                self.get_logger().warning(self._state.size_warning)
            self._output.after_command = self.actor.loop_thread.command_sent
            self.inputs.actor = self.actor
            self._watchdog_care.pack = self.actor.watchdogs
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to drive the robot."""
        assert self.actor is not None
        spec = self.inputs.spec
        assert spec is not None
        rate, step = self._settings.control_rate, spec.step_duration
        pace = f'at {rate:g} Hz' if rate else 'in lockstep'
        note = ''
        if rate and abs(rate * step - 1) > 0.01:
            note = f" ({rate * step:.3g} times the robot's own time: its step is {step:g} s)"
        self.get_logger().info(f'driving {spec.env_id} {pace}{note}')
        if not spec.max_episode_steps:
            self.get_logger().warning(
                f'{spec.env_id} names no time limit: an episode ends only where the robot ends it;'
                f' {self._measured_length()}'
            )
        self._real_time.prepare_process()
        gc.freeze()  # what exists by now stays: the collector need not look at it again
        self._running = self.inputs.driving = True
        self._publish_status()  # the run begins here
        self.actor.start()
        return super().on_activate(state)

    def _measured_length(self) -> str:
        steps = self._settings.eval_episode_steps
        if not steps:
            return 'an evaluation may never end (eval_episode_steps: 0)'
        return f'one of an evaluation ends after {steps} steps (eval_episode_steps)'

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the robot to its safe state and give no more commands."""
        self._stop()
        return super().on_deactivate(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Likewise, from any state."""
        self._stop()
        return super().on_shutdown(state)

    def _start_when_complete(self) -> None:
        started = not self._settings.autostart or self.actor is not None
        if self.inputs.missing or started or self._failure:
            return
        if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _stop(self) -> None:
        if self.actor is not None:
            self.actor.stop()
        self._running = self.inputs.driving = False

    def _prepare_control_thread(self) -> None:
        self._real_time.prepare_thread()
        self._output.begin_commands()

    def _wake(self) -> None:
        if self.actor is not None:
            self.actor.wake()

    # What is handed over and told, on the executor's thread.

    def _send_due(self) -> None:
        if self.actor is None:
            return
        for episode in self.actor.finished_episodes():
            self._output.episode(episode)
        for batch in self.actor.batches(flush=bool(self._exit_reason)):
            self._output.transitions(batch)

    def _publish_status(self, *, final: bool = False) -> None:
        message = self._output.blank_status()
        message.state = message.STATE_WAITING
        message.waiting_for = self._waiting_for() or self.inputs.missing_version
        message.stop_code, message.stop_reason = self._stop_arbiter.code, self._stop_arbiter.reason
        message.max_env_steps = self._settings.max_env_steps
        refused = self.inputs.inbox.refused
        message.rejected_weights = refused.get(names.POLICY_WEIGHTS, 0)
        message.refused_observations = refused[names.OBSERVATION]
        message.weights_age = self.inputs.weights_age
        if self.actor is not None:
            stats = self.actor.stats()
            fill(message, stats, skip=('metrics',))
            fill_metrics(message, stats.metrics, Source.ACTOR)
            for line in self._irregular_ticks.explain(stats):
                self.get_logger().warning(line)
            self._log_left_out()
            if self._running:
                message.state = self.actor.state
                message.waiting_for = message.waiting_for or self.actor.waiting_for
        elif self._state is not None:
            message.env_steps = self._state.totals.env_steps
            message.episodes = self._state.totals.episodes
            message.queue_length = self._state.unacknowledged
        if self._exit_reason:
            message.state, message.waiting_for = message.STATE_FINISHED, ''
            message.exit_reason = self._exit_reason
            message.final = final  # not before: a learner waits no longer for what is left
        self._output.status(message)
        self._diagnostics.publish(
            message,
            watchdogs=() if self.actor is None else self.actor.watchdogs,
            delivery_warning='' if self.actor is None else self.actor.delivery_warning,
            traffic=(self.inputs.inbox.status(), self._output.outputs()),
        )
        if not self._exit_reason:
            self._log_waiting()

    def _log_left_out(self) -> None:
        left_out = self._human.evaluation.left_out
        if left_out > self._left_out:
            self.get_logger().warning(
                f'{left_out - self._left_out} episodes of an evaluation are left out: the robot'
                ' cut them off again and again'
            )
        self._left_out = left_out

    # Parameters that may change.

    def _check_change(self, settings: ActorSettings) -> None:
        if self.actor is not None:
            self.actor.check_change(settings)
        elif settings.limits != self._current.limits:
            raise ValueError('the limits of an action can be changed once the robot is known')

    def _change(self, settings: ActorSettings) -> None:
        self._current = settings
        if self.actor is not None:
            self.actor.change(settings)
        change_period(self._status_timer, settings.status_period)

    def _waiting_for(self) -> str:
        if missing := self.inputs.missing:
            return missing
        if self.actor is None:
            return 'its configuration'
        return '' if self._running else 'its activation'

    def _log_waiting(self) -> None:
        if waiting_for := self._waiting_for() or self.inputs.missing_version:
            self.get_logger().info(f'waiting for {waiting_for}', **throttled(_LOG_PERIOD))

    def _log_earlier_sessions(self) -> None:
        if self._state is None:
            return
        for warning in self._state.warnings:
            self.get_logger().warning(warning)
        if steps := self._state.totals.env_steps:
            left = self._state.unacknowledged
            self.get_logger().info(f'continuing after {steps} steps, {left} of them to be sent')

    # How its process runs and ends, see sac_core.ros.run.

    def yield_to_tick(self) -> None:
        """Wait while a tick is due."""
        if self.actor is not None:
            self.actor.loop_thread.yield_to_tick()

    def _fail(self, reason: str, *, exit_code: int = 1) -> None:
        """Note why the process must end; the first reason counts."""
        if self._failure:
            return
        self._failure, self.exit_code = reason, exit_code
        print(f'actor: error: {reason}', file=sys.stderr, flush=True)

    def wants_to_end(self) -> bool:
        """Return whether the last step is done and stored, or the actor cannot continue."""
        if self._output.failure:
            self._fail(self._output.failure)
        if self.actor is None:
            return bool(self._failure)
        if self.actor.failure:
            self._fail(self.actor.failure)
        return bool(self._failure) or self.actor.is_done

    def begin_end(self, reason: str) -> None:
        """Give no more commands; send what is left."""
        self._stop()
        finish_reason = '' if self.actor is None else self.actor.finish_reason
        self._exit_reason = self._failure or finish_reason or reason
        self._send_due()

    def has_ended(self) -> bool:
        """Return whether everything is stored, or no learner is there to store it."""
        if self.actor is None or self.actor.is_stored:
            return True
        return not self._output.reaches_learner

    def close(self) -> None:
        """Report for the last time."""
        self._stop()
        self._exit_reason = self._exit_reason or self._failure or 'failed'
        self._send_due()
        self._publish_status(final=True)
        self._operator_control.close()
        if self._state is not None:
            try:
                self._state.close()
            except OSError as error:
                print(f'actor: state_dir cannot be tidied up: {error}', file=sys.stderr)
        self._output.close()


def run(node_type: type[ActorNode], args: Sequence[str] | None = None) -> int:
    """Run an actor as a process; return the exit code."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    return run_node('actor', node_type, args, before_each=node_type.yield_to_tick)


def main(args: Sequence[str] | None = None) -> None:
    """Run the actor."""
    sys.exit(run(ActorNode, args))


if __name__ == '__main__':
    main()
