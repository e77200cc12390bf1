# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of the recorded step on the device that is measured, before it is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
import traceback
from typing import Any

from gpu_subject import ACTION_DIM, OBSERVATION_DIM, Subject
import numpy as np
from options import emit
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import SacConfig
import torch

# Sums in another order differ in the last digit. Training takes that far in a few hundred steps,
# as `from_rounding_alone` shows, while a mistake shows after a few. In lower precision the last
# digit is a larger one. Largest difference that is accepted, by the number of steps:
TOLERANCES = {
    'fp32': {10: 1e-3, 200: 2e-2},
    'tf32': {10: 2e-2, 200: 1e-1},
    'bf16': {10: 2e-2, 200: 1e-1},
}
BASE = SacConfig(
    hidden_dims=(64, 64),
    batch_size=64,
    utd_ratio=4,
    actor_lr=3e-4,
    critic_lr=3e-4,
    temperature_lr=3e-4,
)
CONFIGS = {
    'c2': BASE,
    'c2_no_norm_no_entropy': replace(
        BASE, layer_norm_critic=False, backup_entropy=False, activation='tanh', actor_q='min'
    ),
    'c10': replace(BASE, num_critics=10, layer_norm_actor=True, warmup_steps=50),
    'c10_no_norm_no_entropy': replace(
        BASE, num_critics=10, layer_norm_critic=False, backup_entropy=False, actor_q='min'
    ),
}


def difference(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> float:
    """Give the largest distance of two weight tensors, relative to their length."""
    assert ours.keys() == theirs.keys()
    distances = [
        float((ours[name] - theirs[name]).norm() / theirs[name].norm().clamp(min=1e-6))
        for name in ours
        if name.startswith(('actor.', 'critics.', 'target_critics.', 'log_alpha'))
    ]
    # Not a number anywhere must not hide behind max().
    return float(torch.tensor(distances).max())


def shake(step: SacStep) -> None:
    """Change the weights in the last digit, to see how far training takes that."""
    generator = torch.Generator().manual_seed(0)
    state = step.state_dict()
    for name, weights in state.items():
        if name.startswith(('actor.', 'critics.')):
            weights *= 1 + 1e-7 * torch.randn(weights.shape, generator=generator)
    step.load_state_dict(state)


def follows_the_reference(
    config: SacConfig,
    device: torch.device,
    *,
    precision: str,
    compiled: bool,
    tolerances: dict[int, float],
) -> dict[str, Any]:
    """Give each batch and noise that the recording drew to the reference, too."""
    subject = Subject(config, device, precision=precision, compiled=compiled)
    reference, shaken = (
        SacStep(config, OBSERVATION_DIM, ACTION_DIM, device=device, precision=precision)
        for _ in range(2)
    )
    shake(shaken)
    result: dict[str, Any] = {'ok': True}
    for number in range(1, max(tolerances) + 1):
        subject.step.step_drawn()
        drawn = subject.step.last_drawn()
        reference.update(*drawn)
        shaken.update(*drawn)
        if number in tolerances:
            wanted = reference.state_dict()
            distance = difference(subject.step.state_dict(), wanted)
            result[f'after_{number}_steps'] = {
                'largest_difference': distance,
                'tolerance': tolerances[number],
                'from_rounding_alone': difference(shaken.state_dict(), wanted),
            }
            result['ok'] &= distance < tolerances[number]
    return result


def takes_given_batches(device: torch.device) -> dict[str, Any]:
    """The recording that is handed its batch does what the other did with the same."""
    subject = Subject(BASE, device)
    given = CapturedStep(
        BASE, OBSERVATION_DIM, ACTION_DIM, replay_capacity=10, device=device, compiled=False
    )
    for _ in range(20):
        subject.step.step_drawn()
        given.update(*subject.step.last_drawn())
    distance = difference(given.state_dict(), subject.step.state_dict())
    return {'largest_difference': distance, 'ok': distance < TOLERANCES['fp32'][10]}


def each_replay_draws_anew(device: torch.device) -> dict[str, Any]:
    """Batches, noise and subsets differ between replays; batches come from all that is stored."""
    subject = Subject(CONFIGS['c10'], device, stored=300, numbered=True)
    seen: set[int] = set()
    previous: list[torch.Tensor] = []
    repeated = 0
    for _ in range(60):
        subject.step.step_drawn()
        batch, noise = subject.step.last_drawn()
        drawn = [
            batch.rewards,
            noise.next_action_noise,
            noise.actor_noise,
            noise.target_subset.float(),
        ]
        repeated += sum(torch.equal(a, b) for a, b in zip(drawn, previous, strict=False))
        previous = drawn
        seen |= {int(reward) for reward in batch.rewards.tolist()}
    # 60 * 256 draws miss one of 300 with a probability of 300 * exp(-51).
    return {'repeated': repeated, 'seen': len(seen), 'ok': repeated == 0 and len(seen) == 300}


def recording_sees_what_is_added_later(device: torch.device) -> dict[str, Any]:
    """What is stored after the recording is drawn, and what was overwritten is not."""
    subject = Subject(BASE, device, stored=100, capacity=1000, numbered=True)
    for _ in range(30):
        subject.add(100)
        for _ in range(5):
            subject.step.step_drawn()
    rewards = subject.step.last_drawn()[0].rewards
    least, most, total = int(rewards.min()), int(rewards.max()), subject.replay.total_added
    is_newest = total - 1000 <= least and total - 100 <= most < total
    return {'stored': [total - 1000, total - 1], 'drawn': [least, most], 'ok': is_newest}


def checkpoint_round_trip(device: torch.device) -> dict[str, Any]:
    """A step restored from a state continues with the same draws and the same numbers."""
    subject = Subject(BASE, device)
    for _ in range(20):
        subject.step.step_drawn()
    restored = CapturedStep(
        replace(BASE, seed=9),
        OBSERVATION_DIM,
        ACTION_DIM,
        replay_capacity=10_000,
        device=device,
        compiled=False,
    )
    restored.load_state_dict(subject.step.state_dict())
    subject.show_to(restored)
    same_draws = True
    for _ in range(20):
        subject.step.step_drawn()
        restored.step_drawn()
        ours, theirs = subject.step.last_drawn(), restored.last_drawn()
        same_draws &= torch.equal(ours[0].rewards, theirs[0].rewards)
        same_draws &= torch.equal(ours[1].actor_noise, theirs[1].actor_noise)
    distance = difference(restored.state_dict(), subject.step.state_dict())
    return {
        'same_draws': same_draws,
        'largest_difference': distance,
        'ok': same_draws and distance < TOLERANCES['fp32'][10] and restored.steps == 40,
    }


def policies_and_figures_come_back(device: torch.device) -> dict[str, Any]:
    """A copy holds the weights of the moment when it was begun, whatever is trained meanwhile."""
    subject = Subject(BASE, device)
    step = subject.step
    mixed = 0
    for _ in range(50):
        step.step_drawn()
        wanted, copy = step.policy_tensors(), step.copy_policy()
        for _ in range(3):
            step.step_drawn()
        got = copy.tensors()
        mixed += any(not np.array_equal(got[name], wanted[name]) for name in wanted)
    figures = step.metrics()
    finite = bool(figures) and all(np.isfinite(value) for value in figures.values())
    return {'mixed': mixed, 'finite': finite, 'ok': mixed == 0 and finite}


Check = Callable[[], dict[str, Any]]


def all_checks(device: torch.device, precisions: Sequence[str]) -> dict[str, Check]:
    """Name the checks, the most telling ones first.

    On a CPU nothing is compiled, and what takes long is left out.
    """
    checks: dict[str, Check] = {}
    on_gpu = device.type == 'cuda'
    for name, config in CONFIGS.items():
        for compiled in (False, True) if on_gpu and name in ('c2', 'c10') else (False,):
            for precision in precisions if name == 'c2' else ('fp32',):
                kernels = 'torch.compile' if compiled else 'torch'
                checks[f'{name}_{precision}, kernels of {kernels}'] = partial(
                    follows_the_reference,
                    config,
                    device,
                    precision=precision,
                    compiled=compiled,
                    tolerances={
                        steps: tolerance
                        for steps, tolerance in TOLERANCES[precision].items()
                        if on_gpu or steps <= 10
                    },
                )
    for check in (
        each_replay_draws_anew,
        recording_sees_what_is_added_later,
        takes_given_batches,
        checkpoint_round_trip,
        policies_and_figures_come_back,
    ):
        checks[check.__name__] = partial(check, device)
    return checks


def run_checks(device: torch.device, precisions: Sequence[str]) -> bool:
    """Print a line for each check.

    :return: whether all hold
    """
    ok = True
    for name, check in all_checks(device, precisions).items():
        try:
            result = check()
        except Exception as error:  # noqa: BLE001  the other checks may still tell something
            traceback.print_exc()
            result = {'ok': False, 'error': f'{type(error).__name__}: {error}'}
        emit(bench='gpu_check', case=name, **result)
        ok &= bool(result['ok'])
    return ok
