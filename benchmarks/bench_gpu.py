# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's step on a GPU: first that it is right, then how fast it is.

Needs torch with CUDA and numpy, neither ROS nor this project's environment. Prints one JSON line
for each result. Exit code 0: all checks hold; 1: one does not; 2: there is no GPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
import platform
from statistics import median
import sys
import time
import traceback

try:
    import torch
except ImportError as error:
    print(f'bench-gpu: {sys.executable} has no torch ({error}): choose another by PYTHON=...')
    sys.exit(2)

from cleanrl_step import CleanRlStep
from filled_replay import filled_replay
from gpu_checks import run_checks
from gpu_subject import ACTION_DIM, OBSERVATION_DIM, Subject
from gpu_timing import count_kernels, launch_costs, seconds_per_call, wait_for
from options import emit
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep
from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import SacConfig

CASES = {
    'c2_utd8': SacConfig(),
    'c10_utd8': SacConfig(num_critics=10),
    'c2_utd20': SacConfig(utd_ratio=20),
}
REHEARSAL_BATCH_SIZE = 16  # on a CPU, to see that all of it runs


@dataclass(frozen=True)
class Measured:
    """One of our steps and how long it takes."""

    case: str
    kernels_of: str
    step: CapturedStep
    step_us: float


def our_steps(
    config: SacConfig, device: torch.device, precision: str, options: argparse.Namespace
) -> dict[str, tuple[Subject, float]]:
    """Build our step with kernels of each kind, and say how long that took [s]."""
    built = {}
    for kernels_of in ('torch.compile', 'torch') if device.type == 'cuda' else ('torch',):
        start = time.perf_counter()
        try:
            subject = Subject(
                config,
                device,
                precision=precision,
                compiled=kernels_of == 'torch.compile',
                stored=options.stored,
                capacity=options.stored,
            )
        except Exception:  # noqa: BLE001  the other kind may still work
            traceback.print_exc()
            continue
        wait_for(device)
        built[kernels_of] = subject, round(time.perf_counter() - start, 1)
    return built


def measure_case(
    name: str,
    config: SacConfig,
    device: torch.device,
    precision: str,
    options: argparse.Namespace,
) -> list[Measured]:
    """Measure our step beside the plain ones; they take turns."""
    ours = our_steps(config, device, precision, options)
    contestants: dict[str, Callable[[], None]] = {
        kernels_of: subject.step.step_drawn for kernels_of, (subject, _) in ours.items()
    }
    replay = filled_replay(options.stored, OBSERVATION_DIM, ACTION_DIM)
    reference = SacStep(config, OBSERVATION_DIM, ACTION_DIM, device=device, precision=precision)
    with device:  # where its networks are made
        cleanrl = CleanRlStep(config, OBSERVATION_DIM, ACTION_DIM)
    size = config.step_batch_size
    contestants['reference'] = lambda: reference.update(replay.sample(size))
    contestants['cleanrl'] = lambda: cleanrl.step(replay.sample(size).to(device))

    times: dict[str, list[float]] = {kind: [] for kind in contestants}
    for _ in range(options.rounds):
        for kind, run in contestants.items():
            for _ in range(3):
                run()
            wait_for(device)
            times[kind].append(seconds_per_call(run, device, options.seconds))
    measured = []
    for kernels_of, (subject, ready_after) in ours.items():
        own = times[kernels_of]
        one = Measured(f'{name}_{precision}', kernels_of, subject.step, 1e6 * median(own))
        measured.append(one)
        result: dict[str, object] = {}
        for other in ('cleanrl', 'reference'):
            result[f'{other}_steps_per_s'] = round(1 / median(times[other]), 1)
            ratios = [b / a for a, b in zip(own, times[other], strict=True)]
            result[f'vs_{other}'] = round(median(ratios), 2)
        emit(
            bench='gpu',
            case=one.case,
            kernels_of=kernels_of,
            steps_per_s=round(1e6 / one.step_us, 1),
            steps_per_s_range=[round(1 / max(own), 1), round(1 / min(own), 1)],
            critic_updates_per_s=round(1e6 / one.step_us * config.utd_ratio),
            step_us=round(one.step_us, 1),
            ready_after_s=ready_after,
            **result,
        )
    return measured


def compare_with_floor(
    measured: Sequence[Measured], device: torch.device, launching: dict[str, float]
) -> None:
    """Compare with as many kernels that do nothing, one after the other in one graph.

    Last of all, because a profiler that was on may leave things slower.
    """
    for one in measured:
        kernels = count_kernels(one.step.step_drawn, device)
        result: dict[str, object] = {'kernels': kernels}
        if kernels is not None:
            floor_us = launching['graph_us'] + (kernels - 1) * launching['kernel_us']
            result['floor_us'] = round(floor_us, 1)
            result['step_us'] = round(one.step_us, 1)
            result['step_over_floor'] = round(one.step_us / floor_us, 2)
        emit(bench='gpu_floor', case=one.case, kernels_of=one.kernels_of, **result)


def measure_publishing(
    config: SacConfig, device: torch.device, options: argparse.Namespace
) -> None:
    """Measure by how much a policy on its way out, in every tenth step, slows the steps."""
    subject = Subject(config, device, stored=options.stored, capacity=options.stored)
    every, copies, waited = 10, [], []

    def ten(publish: bool) -> None:
        for i in range(every):
            subject.step.step_drawn()
            if publish and i == 0:
                start = time.perf_counter()
                copies.append(subject.step.copy_policy())
                waited.append(time.perf_counter() - start)
            if copies and copies[-1].ready():
                copies.pop().tensors()

    without: list[float] = []
    publishing: list[float] = []
    for _ in range(options.rounds):
        for publish, times in ((False, without), (True, publishing)):
            ten(publish)
            wait_for(device)
            times.append(seconds_per_call(lambda p=publish: ten(p), device, options.seconds))
    stalls = [1e6 * (a - b) for a, b in zip(publishing, without, strict=True)]
    emit(
        bench='gpu_publish',
        stall_us=round(median(stalls), 1),
        stall_us_range=[round(min(stalls), 1), round(max(stalls), 1)],
        call_us=round(1e6 * median(waited), 1),
    )


def measure_insertion(
    config: SacConfig, device: torch.device, options: argparse.Namespace
) -> None:
    """Measure how fast transitions reach the device: 30 at a time, and all after a restart."""
    subject = Subject(config, device, stored=options.stored, capacity=options.stored)
    storage, added = subject.replay.storage, subject.replay.total_added

    def thirty() -> None:
        nonlocal added
        added += 30  # the ring's oldest rows count as new ones
        subject.step.mirror(storage, added)

    each = seconds_per_call(thirty, device, options.seconds)
    start = time.perf_counter()
    subject.step.mirror(storage, 0)
    subject.step.mirror(storage, options.stored)
    wait_for(device)
    fill = time.perf_counter() - start
    emit(
        bench='gpu_insert',
        batch_of_30_us=round(1e6 * each, 1),
        transitions_per_s=round(30 / each),
        refill_transitions_per_s=round(options.stored / fill),
        bytes_per_transition=4 * RowLayout(OBSERVATION_DIM, ACTION_DIM).width,
    )


def main() -> None:
    """Check, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--device', default='cuda', help="'cpu' rehearses it all with tiny sizes")
    parser.add_argument('--case', choices=CASES, action='append', help='default: all')
    parser.add_argument(
        '--precision', choices=('fp32', 'tf32', 'bf16'), action='append', help='default: all'
    )
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=0.5, help='of each turn')
    parser.add_argument('--stored', type=int, default=100_000, help='transitions')
    parser.add_argument('--no-checks', action='store_true', help='measure only')
    parser.add_argument('--quick', action='store_true', help='float32, few and short rounds')
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 0.3
        options.precision = options.precision or ['fp32']
    device = torch.device(options.device)
    on_gpu = device.type == 'cuda'
    if on_gpu and not torch.cuda.is_available():
        print(
            f'bench-gpu: no GPU: torch {torch.__version__} of {sys.executable} sees none',
            file=sys.stderr,
        )
        sys.exit(2)
    emit(
        bench='gpu_device',
        device=torch.cuda.get_device_name(device) if on_gpu else 'cpu',
        torch=torch.__version__,
        cuda=torch.version.cuda,
        python=platform.python_version(),
    )
    cases = {name: CASES[name] for name in options.case or CASES}
    if not on_gpu:
        cases = {
            name: replace(config, batch_size=REHEARSAL_BATCH_SIZE)
            for name, config in cases.items()
        }
        options.stored = min(options.stored, 5000)

    precisions = options.precision or (['fp32', 'tf32', 'bf16'] if on_gpu else ['fp32', 'bf16'])
    ok = options.no_checks or run_checks(device, precisions)
    measured = []
    for name, config in cases.items():
        for precision in precisions:
            measured += measure_case(name, config, device, precision, options)
    first = next(iter(cases.values()))
    measure_publishing(first, device, options)
    measure_insertion(first, device, options)
    if on_gpu:
        launching = launch_costs(device, options.seconds)
        emit(bench='gpu_launch', **{name: round(us, 3) for name, us in launching.items()})
        compare_with_floor(measured, device, launching)
    sys.exit(0 if ok else 1)


if __name__ == '__main__':
    main()
