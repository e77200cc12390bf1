# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs an environment one commanded step at a time: each command moves it once or not at all."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any

from gymnasium.spaces import Box
import numpy as np
from sac_core.arrays import FloatArray
from sac_core.episodes import ActionCheck, Counts, Episodes
from sac_core.observed import Observed
from sac_core.spaces import LARGEST_NUMBER
from sim_bridge.environment import describe, open_environment, Report, UNSTABLE

_log = logging.getLogger(__name__)


class SimulationError(RuntimeError):
    """The environment raised an exception while it was stepped or reset."""


class EnvRunner:
    """An environment that has been reset and waits for its first command.

    Its safe state is to stand still: no command but a reset moves it then.

    Runs with the same seed and the same commands are the same: the first reset seeds the
    environment's generator, later ones go on with it.

    :param env_id: Gymnasium id
    :param seed: any integer from 0
    :param report: gets one line for each thing that a person should know
    :param render_mode: Gymnasium's, for `render`; None: nothing is drawn
    :raises ValueError: where the environment does not exist, does not suit a robot or fails in
        its first reset
    """

    def __init__(
        self,
        env_id: str,
        *,
        seed: int = 0,
        report: Report = _log.warning,
        render_mode: str | None = None,
    ) -> None:
        self._report = report
        self._unstable = False
        self._environment = open_environment(env_id, self._on_warning, render_mode)
        self.spec = describe(self._environment)
        self._episodes = Episodes(self.spec.bridge_session)
        self._check = ActionCheck(self.spec)
        actions = self._environment.action_space
        assert isinstance(actions, Box)
        self._actions = actions
        # Neighboring seeds must not give related generators; a SeedSequence sees to that.
        derived = int(np.random.SeedSequence(seed).generate_state(1)[0])
        try:
            self._reset(seed=derived)
        except SimulationError as error:
            raise ValueError(str(error)) from error

    @property
    def newest(self) -> Observed:
        """The newest observation."""
        return self._episodes.newest

    @property
    def counts(self) -> Counts:
        """What happened since the start."""
        return self._episodes.counts

    @property
    def is_safe(self) -> bool:
        """Whether the robot stands still until a reset."""
        return self._episodes.is_safe

    def execute(
        self,
        action: FloatArray,
        *,
        session: int,
        episode_id: int,
        step: int,
        reset: bool = False,
    ) -> tuple[Observed, ...]:
        """Carry out a command, if it answers the newest observation.

        :param action: (action_dim,) in the robot's units; ignored with `reset`
        :param session: `spec.bridge_session` of the observation that it answers
        :param episode_id: of that observation
        :param step: of that observation
        :param reset: begin a new episode instead
        :return: what to send, in this order: the observation that follows, and after the last
            one of an episode also the first of the next one; the newest observation again for a
            command that answers another one; nothing for an action that was refused
        :raises SimulationError: where the environment fails
        """
        episodes = self._episodes
        if not episodes.is_newest(session=session, episode_id=episode_id, step=step):
            return (self.newest,)
        if reset:
            return (self.reset(),)
        if self.is_safe:
            episodes.ignore()
            return (self.newest,)
        if fault := self._check.fault(action):
            self.counts.refused_actions += 1
            self._report(f'refused an action: {fault}')
            return ()
        observed = self._step(action)
        return (observed, self.reset()) if observed.ends_episode else (observed,)

    def stand_still(self) -> Observed:
        """Go to the safe state, which ends the episode.

        :return: the newest observation, marked as the end
        """
        return self._episodes.stand_still()

    def reset(self) -> Observed:
        """Begin a new episode, and with it leave the safe state.

        :raises SimulationError: where the environment fails
        """
        return self._reset()

    def render(self) -> Any:
        """Draw what there is to see, as the render mode says."""
        return self._environment.render()

    def close(self) -> None:
        """Release the environment."""
        self._environment.close()

    def _step(self, action: FloatArray) -> Observed:
        # The environment's own bounds, not their float32 copies: some check them exactly.
        space = self._actions
        clipped = np.clip(action.astype(space.dtype), space.low, space.high)
        last = self.newest
        self._unstable = False
        try:
            state, reward, terminated, truncated, info = self._environment.step(clipped)
        except Exception as error:  # whatever a third party's environment may raise
            raise SimulationError(self._failure(f'step {last.step + 1}', error)) from error
        observation, reward = self._convert(state), float(reward)
        finite = (np.abs(observation) <= LARGEST_NUMBER).all() and abs(reward) <= LARGEST_NUMBER
        if self._unstable or not finite:
            return self._cut(last)
        return self._episodes.step(
            observation,
            reward=reward,
            terminated=bool(terminated),
            truncated=bool(truncated),
            success=_success(info),
        )

    def _on_warning(self, text: str) -> None:
        self._unstable = self._unstable or UNSTABLE in text
        self._report(text)

    def _cut(self, last: Observed) -> Observed:
        """End the episode at the last good observation: nobody may learn from what followed."""
        self.counts.unstable_steps += 1
        self._report(
            f'simulation unstable: step {last.step + 1} of episode {last.episode_id} truncates'
            ' the episode'
        )
        return self._episodes.step(
            last.observation, reward=0.0, terminated=False, truncated=True, success=False
        )

    def _reset(self, seed: int | None = None) -> Observed:
        try:
            state, _ = self._environment.reset(seed=seed)
        except Exception as error:  # whatever a third party's environment may raise
            raise SimulationError(self._failure('reset', error)) from error
        observation = self._convert(state)
        if not np.isfinite(observation).all():
            raise SimulationError(f'{self.spec.env_id}: observation after reset is not finite')
        return self._episodes.begin(observation)

    def _convert(self, state: Any) -> FloatArray:
        """Copy: an environment may go on writing into the array that it returned."""
        with np.errstate(over='ignore'):  # beyond float32 becomes infinite, which is looked for
            observation = np.array(state, dtype=np.float32)
        if observation.shape != (self.spec.observation_dim,):
            raise SimulationError(
                f'{self.spec.env_id}: observation must hold {self.spec.observation_dim} numbers,'
                f' got shape {observation.shape}'
            )
        return observation

    def _failure(self, where: str, error: Exception) -> str:
        text = ' '.join(str(error).split())
        return f'{self.spec.env_id} failed in {where}: {type(error).__name__}: {text}'


def _success(info: Mapping[str, Any]) -> bool:
    return bool(info.get('is_success', info.get('success', False)))
