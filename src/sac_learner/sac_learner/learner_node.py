# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's process: topics in and out of a `TrainingLoop`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
import sys
from typing import Any

from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sac_core.belonging import check_run
from sac_core.cpu_affinity import bind_process, parse_cpus
from sac_core.message_validation import batch_from_message, check_session, robot_spec_from_message
from sac_core.metric import Source
from sac_core.reported_metrics import fill_metrics
from sac_core.ros import names, qos
from sac_core.ros.checked_subscriptions import CheckedSubscriptions
from sac_core.ros.conversions import fill
from sac_core.ros.parameter_changes import change_period, ParameterChanges
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import EXIT_BAD_CONFIGURATION, EXIT_DIVERGED, run_node
from sac_core.ros.run_id import declare_run_id
from sac_core.ros.timers import create_timer
from sac_core.ros.workarounds.publishing import NoGilPublisher
from sac_core.sessions import new_session
from sac_core.spaces import RobotSpec
from sac_interfaces import msg
from sac_learner.active_actors import ActiveActors
from sac_learner.algorithms.base import Algorithm, Machine
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.algorithms.registry import find_algorithm
from sac_learner.checkpoint import checkpoint_writer
from sac_learner.config import check_settings, LearnerSettings
from sac_learner.finiteness import DIVERGED
from sac_learner.learner_state import LearnerStats
from sac_learner.resuming import open_learner
from sac_learner.ros.condition import describe
from sac_learner.ros.disk_report import DiskReport
from sac_learner.ros.policy_publisher import PolicyPublisher
from sac_learner.ros.prior_start import read_prior_data, tell_offline_progress
from sac_learner.ros.training_report import TrainingReport
from sac_learner.training_loop import Acknowledgement, TrainingLoop
from std_srvs.srv import SetBool, Trigger


class LearnerNode(LifecycleNode):
    """Waits for the robot's description, then stores, trains and publishes until it is stopped.

    :param node_options: for rclpy's node, such as a context of its own
    :raises ValueError: for a bad parameter
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__('learner', **node_options)
        self.node = self
        self.exit_code = 0
        self._failure = ''
        self._session = new_session()
        self._run_id = declare_run_id(self)
        self._settings = declare_settings(self, LearnerSettings)
        self._algorithm_class = find_algorithm(self._settings.algorithm)
        self._config = declare_settings(self, self._algorithm_class.config_class)
        refuse_unknown_overrides(self)
        check_settings(self._config, self._settings)
        bind_process(parse_cpus(self._settings.cpu_affinity), warn=self.get_logger().warning)
        directory = self._settings.checkpoint_dir
        changes = ParameterChanges(self, Path(directory) if directory else None)
        self._config = changes.accept(self._config, apply=self._change_algorithm)
        self._settings = changes.accept(self._settings, apply=self._change_process)
        self._prior_data = read_prior_data(self, self._settings)
        self._spec: RobotSpec | None = None
        self.loop: TrainingLoop | None = None
        self._policies: PolicyPublisher | None = None
        self._device = ''
        self.inbox = CheckedSubscriptions(self)
        self.active_actors = ActiveActors()
        self._stats = LearnerStats(metrics=self._algorithm_class.initial_metrics(self._config))
        self._exit_reason = ''
        self._disk = DiskReport(self)
        self._training_report = TrainingReport(
            self, self._warning, max_debt_steps=self._settings.max_debt_steps
        )
        self._paused_by_operator = False  # an operator paused the training

        self._status_publisher = NoGilPublisher(
            self, msg.LearnerStatus, names.LEARNER_STATUS, qos.qos_profile_status
        )
        self._ack_publisher = NoGilPublisher(
            self, msg.TransitionAck, names.TRANSITION_ACK, qos.qos_profile_transition_ack
        )
        subscribe = self.inbox.subscribe
        subscribe(msg.EnvSpec, names.ENV_SPEC, self._on_env_spec, qos.qos_profile_env_spec)
        subscribe(
            msg.ActorStatus, names.ACTOR_STATUS, self._on_actor_status, qos.qos_profile_status
        )
        subscribe(
            msg.TransitionBatch,
            names.TRANSITIONS,
            self._on_transitions,
            qos.qos_profile_transitions,
        )
        self.create_service(Trigger, names.SAVE_CHECKPOINT_SERVICE, self._on_save_checkpoint)
        self.create_service(SetBool, names.PAUSE_SERVICE, self._on_pause)
        self._waiting_timer = create_timer(
            self, self._settings.status_period, self._publish_status
        )
        if self._prior_data and self._settings.offline_steps:
            # The robot that was recorded will do: training begins without one.
            self._beginning = create_timer(self, 0.0, self._begin_offline)
        else:
            topic = self.resolve_topic_name(names.ENV_SPEC)
            self.get_logger().info(f'waiting for {names.ENV_SPEC} from a bridge ({topic})')

    # Lifecycle: configure builds the learner, activate lets it train.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Build networks, replay buffer and training thread for the known robot."""
        if self.loop is not None:  # configured before: what is stored stays
            return super().on_configure(state)
        if self._spec is None:
            self.get_logger().error(f'cannot configure: no {names.ENV_SPEC} yet')
            return TransitionCallbackReturn.FAILURE
        try:
            algorithm = self._build(self._config)
            learner, resumed = open_learner(
                self._config,
                self._settings,
                self._spec,
                algorithm,
                self._disk.warn,
                self._prior_data,
            )
            self._policies = PolicyPublisher(
                self,
                learner.architecture,
                run_id=self._run_id,
                learner_session=self._session,
                piece_size=self._settings.weights_piece_size,
            )
        except (ValueError, RuntimeError, MemoryError) as error:
            self._fail(f'cannot configure: {error}', exit_code=EXIT_BAD_CONFIGURATION)
            return TransitionCallbackReturn.FAILURE
        self.get_logger().info(f'training on {self._device}')
        if resumed:
            self.get_logger().info(resumed)
        self._stats = learner.stats(steps_per_second=0.0)
        self.loop = TrainingLoop(
            learner,
            self._settings,
            build=self._build,
            publish=self._policies.publish,
            acknowledge=self._publish_ack,
            report=self._note_figures,
            checkpoints=checkpoint_writer(
                self._settings, self._config, self._spec, report=self._disk.note_checkpoint
            ),
        )
        return super().on_configure(state)

    def _build(self, config: AlgorithmConfig) -> Algorithm:
        assert self._spec is not None
        settings = self._settings
        algorithm, self._device = self._algorithm_class.build(
            config,
            self._spec.observation_dim,
            self._spec.action_dim,
            Machine(
                device=settings.device,
                threads=settings.threads,
                precision=settings.precision,
                replay_capacity=settings.replay_capacity,
                compiled=settings.compile,
            ),
        )
        return algorithm

    def _warning(self, metrics: Mapping[str, float]) -> str:
        return self._algorithm_class.warning(self._config, metrics)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Publish the initial policy and begin, or continue training."""
        assert self.loop is not None
        self._waiting_timer.cancel()
        self.loop.paused_by_operator = self._paused_by_operator
        self.loop.activate()
        if not self.loop.offline_left:
            self.get_logger().info(f'waiting for {names.TRANSITIONS} from an actor')
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make no further updates; what arrives is still stored."""
        if self.loop is not None:
            self.loop.deactivate()
        return super().on_deactivate(state)

    # Parameters that may change: the training thread takes them over between two steps.

    def _change_algorithm(self, config: AlgorithmConfig) -> None:
        self._config = config
        if self.loop is not None:
            self.loop.change_ratio(config.utd_ratio)

    def _change_process(self, settings: LearnerSettings) -> None:
        self._settings = settings
        if self.loop is not None:
            self.loop.change(settings)
        change_period(self._waiting_timer, settings.status_period)

    # Topics and services.

    def _on_env_spec(self, message: msg.EnvSpec) -> None:
        check_run(self._run_id, message.run_id, message.process or 'a bridge')
        spec, prior = robot_spec_from_message(message), self._prior_data
        if prior is not None and (difference := prior.spec.difference(spec)):
            self._fail(
                f'prior_data is of another robot than this one: {difference}',
                exit_code=EXIT_BAD_CONFIGURATION,
            )
        elif self._spec is None:
            self._meet(spec)
        elif difference := self._spec.difference(spec):
            raise ValueError(f'another robot than this one: {difference}')

    def _begin_offline(self) -> None:
        self._beginning.cancel()
        if self._spec is None and self._prior_data is not None:
            self._meet(self._prior_data.spec)

    def _meet(self, spec: RobotSpec) -> None:
        self._spec = spec
        if not self._settings.autostart:
            self.get_logger().info('waiting for a lifecycle client to configure it')
        elif self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _on_transitions(self, message: msg.TransitionBatch) -> None:
        check_run(self._run_id, message.run_id, message.actor)
        if self._spec is None or self.loop is None:
            return  # the actor keeps what is not acknowledged and sends it again
        batch = batch_from_message(message, self._spec)
        self.active_actors.sends(batch.actor_session)
        self.loop.put(batch)

    def _on_actor_status(self, message: msg.ActorStatus) -> None:
        check_run(self._run_id, message.run_id, message.actor)
        check_session('actor_session', message.actor_session)
        if message.final:
            self.active_actors.has_finished(message.actor_session)
            return
        if self.loop is not None:
            self.loop.register_actor(message.actor_session)
        self.active_actors.speaks(message.actor_session)

    def _on_save_checkpoint(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        response.success = self.loop is not None and bool(self._settings.checkpoint_dir)
        if response.success:
            assert self.loop is not None
            self.loop.save_checkpoint()
            response.message = f'writing to {self._settings.checkpoint_dir}'
        else:
            response.message = 'nothing to save yet, or checkpoint_dir is empty'
        return response

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._paused_by_operator = request.data
        if self.loop is not None:
            self.loop.paused_by_operator = request.data
        response.success = True
        response.message = 'storing, not training' if request.data else 'training'
        self.get_logger().info(response.message)
        return response

    # Called on the training thread: an `NoGilPublisher` publishes from any.

    def _publish_ack(self, acknowledgement: Acknowledgement) -> None:
        message = msg.TransitionAck(run_id=self._run_id, learner_session=self._session)
        message.header.stamp = self.get_clock().now().to_msg()
        fill(message, acknowledgement)
        self._ack_publisher.publish(message)

    def _note_figures(self, stats: LearnerStats) -> None:
        self._stats = stats
        self._publish_status()
        if self.loop is not None and (left := self.loop.offline_left):
            tell_offline_progress(self, stats, left=left, steps=self._settings.offline_steps)
        if self.loop is not None:
            self._disk.publish(stats, self.loop.disk_problem)

    # Called on the training thread while there is one, else on the executor's.

    def _publish_status(self, *, final: bool = False) -> None:
        stats = self._stats
        message = msg.LearnerStatus(
            run_id=self._run_id, learner_session=self._session, final=final
        )
        message.header.stamp = self.get_clock().now().to_msg()
        message.device = self._device
        message.target_utd = float(self._config.utd_ratio)
        message.replay_capacity = self._settings.replay_capacity
        message.rejected_batches = self.inbox.refused[names.TRANSITIONS]
        fill(message, stats, skip=('metrics',))
        fill_metrics(message, stats.metrics, Source.LEARNER)
        if final:
            message.state = message.STATE_FINISHED
            message.exit_reason = self._exit_reason
        else:
            message.state, message.waiting_for = describe(
                self.loop,
                knows_robot=self._spec is not None,
                paused_by_operator=self._paused_by_operator,
                ends=bool(self._exit_reason),
                stored=stats.env_steps,
                training_starts=self._settings.training_starts,
            )
        self._status_publisher.publish(message)
        self._training_report.publish(message, self.inbox.status())

    # The orderly end, see sac_core.ros.run.

    def _fail(self, reason: str, *, exit_code: int = 1) -> None:
        """Note why the process must end; the first reason counts."""
        if self._failure:
            return
        self._failure, self.exit_code = reason, exit_code
        print(f'learner: error: {reason}', file=sys.stderr, flush=True)

    def _check_threads(self) -> None:
        for thread in (self.loop, self._policies):
            if thread is not None and thread.failure:
                diverged = thread.failure.startswith(DIVERGED)
                self._fail(thread.failure, exit_code=EXIT_DIVERGED if diverged else 1)

    def wants_to_end(self) -> bool:
        """Return whether the learner cannot continue, or was to train offline only and has."""
        self._check_threads()
        if self._settings.end_after_offline and self.loop is not None:
            return bool(self._failure) or not self.loop.offline_left
        return bool(self._failure)

    def begin_end(self, reason: str) -> None:
        """Stop training; keep storing what the actors still send."""
        self._exit_reason = reason
        if self.loop is not None:
            self.loop.deactivate()

    def has_ended(self) -> bool:
        """Return whether every actor has sent its last transition, or fallen silent."""
        self._check_threads()
        return bool(self._failure) or not self.active_actors.is_any_left

    def close(self) -> None:
        """Store, save and report for the last time."""
        if self.loop is not None:
            self.loop.close()
        if self._policies is not None:
            self._policies.close()
        self._check_threads()
        self._exit_reason = self._failure or self._exit_reason or 'failed'
        self._publish_status(final=True)
        self._status_publisher.wait_for_all_acked(Duration(seconds=1))
        self._ack_publisher.wait_for_all_acked(Duration(seconds=1))


def main(args: Sequence[str] | None = None) -> None:
    """Run the learner as a process."""
    sys.exit(run_node('learner', LearnerNode, args))


if __name__ == '__main__':
    main()
