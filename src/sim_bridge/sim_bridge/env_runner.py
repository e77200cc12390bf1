# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs an environment one commanded step at a time: each command moves it once or not at all."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from sac_core.arrays import FloatArray
from sac_core.episodes import ActionCheck, Counts, Episodes
from sac_core.spaces import LARGEST_NUMBER
from sac_core.time_step import TimeStep
from sim_bridge.contract import ContractError, read_success
from sim_bridge.environment import open_environment, Report, UNSTABLE
from sim_bridge.keywords import read_keywords
from sim_bridge.observations import RANGE

_log = logging.getLogger(__name__)
# An environment that ends as many episodes in their first step does so always.
_MOST_CUTS_IN_ROW = 20


class SimulationError(RuntimeError):
    """The environment cannot continue, from what its own code raised, if it was that."""


class EnvRunner:
    """An environment that has been reset and waits for its first command.

    Its safe state is to stand still: no command but a reset moves it then.

    Runs with the same seed and the same commands are the same: the first reset seeds the
    environment's generator, later ones continue with it.

    :param env_id: Gymnasium id
    :param seed: any integer from 0
    :param report: gets one line for each thing that a person should know
    :param env_kwargs: keyword arguments for the environment, as a YAML mapping; empty: none
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
        env_kwargs: str = '',
        render_mode: str | None = None,
    ) -> None:
        self._report = report
        self._unstable = False
        opened = open_environment(
            env_id,
            self._on_warning,
            keywords=read_keywords(env_kwargs),
            render_mode=render_mode,
        )
        self.spec = opened.spec
        self.environment = opened.gymnasium
        self._observations, self._actions = opened.observations, opened.actions
        self._episodes = Episodes(self.spec.bridge_session)
        self._check = ActionCheck(self.spec)
        self._cuts_in_row = 0  # episodes without a step that could be used
        # Neighboring seeds must not give related generators; a SeedSequence sees to that.
        derived = int(np.random.SeedSequence(seed).generate_state(1)[0])
        try:
            self._reset(seed=derived)
        except SimulationError as error:
            raise ValueError(str(error)) from error.__cause__

    @property
    def newest(self) -> TimeStep:
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
    ) -> TimeStep | None:
        """Carry out a command, if it answers the newest observation.

        :param action: (action_dim,) in the robot's units; ignored with `reset`
        :param session: `spec.bridge_session` of the observation that it answers
        :param episode_id: of that observation
        :param step: of that observation
        :param reset: begin a new episode instead
        :return: what to send: the observation that follows, after which `reset` is due where it
            ends the episode and the robot is not in its safe state; the newest observation again
            for a command that moves nothing; nothing for an action that was refused
        :raises SimulationError: where the environment fails
        """
        episodes = self._episodes
        if not episodes.is_newest(session=session, episode_id=episode_id, step=step):
            return self.newest
        if reset:
            return self.reset()
        if self.newest.ends_episode:
            episodes.ignore()
            return self.newest
        if fault := self._check.fault(action):
            self.counts.refused_actions += 1
            self._report(f'refused an action: {fault}')
            return None
        return self._step(action)

    @property
    def owes_reset(self) -> bool:
        """Whether the episode has ended by itself, so that the next one begins unasked."""
        return self.newest.ends_episode and not self.is_safe

    def stand_still(self) -> TimeStep:
        """Go to the safe state, which ends the episode.

        :return: the newest observation, marked as the end
        """
        return self._episodes.stand_still()

    def reset(self) -> TimeStep:
        """Begin a new episode, and with it leave the safe state.

        :raises SimulationError: where the environment fails
        """
        return self._reset()

    def render(self) -> Any:
        """Draw what there is to see, as the render mode says."""
        return self.environment.render()

    def close(self) -> None:
        """Release the environment."""
        self.environment.close()

    def _step(self, action: FloatArray) -> TimeStep:
        # The environment's own bounds, not their float32 copies: some check them exactly.
        space = self._actions
        wanted = action.astype(space.dtype)
        if wanted.shape != space.shape:
            wanted = wanted.reshape(space.shape)
        clipped = np.clip(wanted, space.low, space.high)
        last = self.newest
        self._unstable = False
        try:
            state, reward, terminated, truncated, info = self.environment.step(clipped)
            observation, success = self._observations.read(state), read_success(info)
            reward = float(reward)
        except Exception as error:  # noqa: BLE001  whatever a third party's code may raise
            raise self._failure(_place(last), error) from _own_fault(error)
        if self._unstable:
            self.counts.unstable_steps += 1
            return self._cut(f'simulation unstable: {_place(last)} truncates the episode', last)
        fault = self._observations.fault(observation)
        if not fault and not abs(reward) <= LARGEST_NUMBER:
            fault = f'reward is {reward:g}'
        if fault:
            self.counts.unusable_steps += 1
            return self._cut(
                f'an episode is cut off: in {_place(last)} {fault}, and {RANGE}; nothing is'
                ' learned from that step; clip such a number in the environment',
                last,
            )
        self._cuts_in_row = 0
        return self._episodes.step(
            observation,
            reward=reward,
            terminated=bool(terminated),
            truncated=bool(truncated),
            success=success,
        )

    def _on_warning(self, text: str) -> None:
        self._unstable = self._unstable or UNSTABLE in text
        self._report(text)

    def _cut(self, reason: str, last: TimeStep) -> TimeStep:
        """End the episode at the last good observation, as by a stop: no step is made up."""
        self._report(reason)
        self._cuts_in_row += last.step == 0
        if self._cuts_in_row >= _MOST_CUTS_IN_ROW:
            raise SimulationError(
                f'{self.spec.env_id}: {_MOST_CUTS_IN_ROW} episodes in a row were cut off in their'
                f' first step: {reason}'
            )
        return self._episodes.stand_still()

    def _reset(self, seed: int | None = None) -> TimeStep:
        try:
            state, _ = self.environment.reset(seed=seed)
            observation = self._observations.read(state)
        except Exception as error:  # noqa: BLE001  whatever a third party's code may raise
            raise self._failure('reset', error) from _own_fault(error)
        if fault := self._observations.fault(observation):
            raise SimulationError(f'{self.spec.env_id}: after reset {fault}, and {RANGE}')
        return self._episodes.begin(observation)

    def _failure(self, place: str, error: Exception) -> SimulationError:
        text = ' '.join(str(error).split())
        if isinstance(error, ContractError):
            return SimulationError(f'{self.spec.env_id}: {place}: {text}')
        return SimulationError(
            f'{self.spec.env_id} failed in {place}: {type(error).__name__}: {text}'
        )


def _place(last: TimeStep) -> str:
    return f'step {last.step + 1} of episode {last.episode_id}'


def _own_fault(error: Exception) -> Exception | None:
    """Return what the environment's own code raised: its traceback is of use."""
    return None if isinstance(error, ContractError) else error
