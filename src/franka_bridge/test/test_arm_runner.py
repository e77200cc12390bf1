# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""An arm moves when an actor asks for it, once for each command, and else stands still."""

from __future__ import annotations

from dataclasses import replace

from franka_bridge.phase import Phase
import numpy as np
import pytest

from .fake_arm import World


@pytest.fixture
def world() -> World:
    return World()


def place(world: World) -> tuple[int, int]:
    return world.observed[-1].episode_id, world.observed[-1].step


def test_an_arm_shows_itself_held_and_moves_for_nobody_who_did_not_reset(world: World) -> None:
    world.appear()
    (first,) = world.observed
    assert (first.step, first.truncated, first.terminated) == (0, True, False)
    assert not world.ask()
    world.wait(1.0)
    assert world.sent == []
    assert world.runner.phase is Phase.HELD


def test_a_reset_leads_to_the_start_of_an_episode(world: World) -> None:
    world.begin_episode()
    assert world.runner.phase is Phase.READY
    assert place(world) == (1, 0)
    assert not world.observed[-1].ends_episode
    assert len(world.sent) > 10


def test_a_command_moves_the_target_once_and_is_answered_by_one_observation(world: World) -> None:
    world.begin_episode()
    sent, seen = len(world.sent), len(world.observed)
    assert world.ask(action=[1.0, 0.0, 0.0])
    assert not world.ask(action=[1.0, 0.0, 0.0])  # the same once more, as it may have been lost
    assert len(world.sent) > sent
    assert len(world.observed) == seen
    moved = world.sent[-1].position - world.sent[-2].position
    np.testing.assert_allclose(moved, [0.004, 0.0, 0.0], atol=1e-9)
    world.pass_step()
    assert place(world) == (1, 1)
    assert len(world.observed) == seen + 1


def test_a_late_command_is_answered_by_the_newest_observation(world: World) -> None:
    world.begin_episode()
    late = world.observed[-1]
    world.ask()
    world.pass_step()
    sent = len(world.sent)
    world.observed.append(late)
    assert not world.ask()
    assert place(world) == (1, 1)
    assert len(world.sent) == sent


@pytest.mark.parametrize('action', [[2.0, 0.0, 0.0], [np.nan, 0.0, 0.0], [0.0]])
def test_a_bad_action_is_refused_and_not_answered(world: World, action: list[float]) -> None:
    world.begin_episode()
    sent, seen = len(world.sent), len(world.observed)
    assert not world.ask(action=action)
    assert (len(world.sent), len(world.observed)) == (sent, seen)
    assert world.runner.episodes.counts.refused_actions == 1


def test_a_step_waits_for_a_state_that_is_young_enough(world: World) -> None:
    world.begin_episode()
    world.ask()
    seen = len(world.observed)
    world.now += 0.1
    assert not world.runner.step_over(world.now)
    world.measure()
    assert world.runner.step_over(world.now)
    assert len(world.observed) == seen + 1


def test_the_time_limit_truncates_and_the_next_episode_begins_by_itself() -> None:
    world = World('joint_reach')
    world.begin_episode()
    for _ in range(world.runner.spec.max_episode_steps):
        assert world.ask()
        world.pass_step()
    ended = world.observed[-1]
    assert (ended.truncated, ended.terminated) == (True, False)
    assert world.runner.phase is Phase.RESETTING
    world.arrive()
    assert place(world) == (2, 0)
    assert world.runner.episodes.counts.episodes == 1


def test_a_stop_holds_the_arm_where_it_is_and_ends_the_episode(world: World) -> None:
    world.begin_episode()
    world.ask(action=[1.0, 1.0, 0.0])
    world.runner.stand_still('told to stop')
    assert world.observed[-1].truncated
    assert world.runner.is_held
    world.wait(1.0)
    assert world.runner.phase is Phase.HELD
    np.testing.assert_allclose(world.sent[-1].joint_positions, world.joints, atol=1e-9)
    sent = len(world.sent)
    assert not world.ask()
    world.wait(1.0)
    assert len(world.sent) == sent
    world.begin_episode()
    assert place(world) == (2, 0)


def test_a_stop_on_the_way_to_a_start_ends_that_way(world: World) -> None:
    world.appear()
    world.ask(reset=True)
    world.runner.look(world.now)
    for _ in range(5):
        world.pass_step()
    world.runner.stand_still('emergency stop')
    world.wait(1.0)
    sent = len(world.sent)
    world.wait(5.0)
    assert len(world.sent) == sent
    assert world.runner.phase is Phase.HELD


def test_a_target_stays_as_it_is_while_the_state_is_stale(world: World) -> None:
    world.begin_episode()
    world.ask(action=[1.0, 0.0, 0.0])
    sent = len(world.sent)
    world.wait(1.0, speaks=False)
    assert world.runner.phase is Phase.HELD
    assert (len(world.sent), world.holds[-1]) == (sent, None)
    world.velocities[5] = 0.3
    world.wait(0.01)
    assert world.runner.phase is Phase.STOPPING  # as the arm moves, it turns out
    assert len(world.sent) > sent


def test_a_reset_waits_until_the_arm_is_at_rest(world: World) -> None:
    world.begin_episode()
    world.velocities = np.full(7, 0.1)
    world.wait(0.01)
    world.runner.stand_still('told to stop')
    world.ask(reset=True)
    world.wait(0.1)
    assert world.runner.phase is Phase.STOPPING
    world.velocities = np.zeros(7)
    world.wait(0.3)
    assert world.runner.phase is Phase.RESETTING


def test_a_stop_brakes_evenly_and_ends_where_its_velocity_leads(world: World) -> None:
    world.begin_episode()
    speed = world.velocities = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0])
    world.wait(0.01)
    before = len(world.sent)
    world.runner.stand_still('told to stop')
    for _ in range(4):
        world.pass_step()
    joint = np.array([target.joint_positions[5] for target in world.sent[before - 1 :]])
    duration = 0.3 / world.limits.stop_acceleration
    assert joint[-1] - joint[0] == pytest.approx(speed[5] * duration / 2, rel=0.01)
    accelerations = np.diff(joint, 2) / 0.02**2
    assert np.abs(accelerations[:3]).max() < 1.01 * world.limits.stop_acceleration


def test_a_reset_on_the_way_to_a_start_is_ignored(world: World) -> None:
    world.appear()
    world.ask(reset=True)
    world.runner.look(world.now)
    world.ask(reset=True)
    world.arrive()
    assert world.runner.resets == 1


def test_a_start_that_is_not_reached_is_tried_again_and_then_needs_a_person(world: World) -> None:
    world.follows = False
    world.appear()
    for tries in range(3):
        assert not world.runner.recovery.person_needed
        world.ask(reset=True)
        world.runner.look(world.now)
        assert world.runner.resets == tries + 1
        world.arrive()
        assert world.observed[-1].truncated
    assert 'start not reached' in world.runner.recovery.person_needed
    world.ask(reset=True)
    world.wait(1.0)
    assert world.runner.phase is Phase.HELD


def test_runs_of_one_seed_are_the_same() -> None:
    starts = []
    for _ in range(2):
        world = World()
        world.begin_episode()
        starts.append(world.observed[-1].observation)
    np.testing.assert_array_equal(*starts)


def test_an_observation_that_is_not_finite_is_never_sent(world: World) -> None:
    world.begin_episode()
    world.ask()
    world.velocities = np.full(7, np.nan)
    world.pass_step()
    assert world.observed[-1].truncated
    assert all(np.isfinite(each.observation).all() for each in world.observed)
    assert 'not finite' in world.runner.recovery.person_needed


def test_a_newest_observation_that_ended_an_episode_stays_as_it_was_sent(world: World) -> None:
    world.begin_episode()
    world.ask()
    world.pass_step()
    before = world.observed[-1]
    world.runner.stand_still('told to stop')
    after = world.observed[-1]
    assert replace(before, truncated=True).sequence_id == after.sequence_id
    np.testing.assert_array_equal(before.observation, after.observation)


def test_a_reset_goes_on_from_the_target_and_does_not_brake_an_arm_that_lags_behind_it(
    world: World,
) -> None:
    world.begin_episode()
    world.follows = False
    for _ in range(4):
        world.ask(action=[1.0, 0.0, 0.0])
        world.pass_step()
    ahead = np.abs(world.sent[-1].joint_positions - world.joints).max()
    world.ask(reset=True)
    jump = np.abs(world.sent[-1].joint_positions - world.sent[-2].joint_positions).max()
    assert jump < 0.1 * ahead
