# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Times on a device: of a function that only launches work, and of launching itself."""

from __future__ import annotations

from collections.abc import Callable
import sys
import time

from sac_learner.algorithms.sac.gpu.recording import CudaGraph
import torch

KERNELS = 500  # in the graph that shows what one kernel after another costs


def wait_for(device: torch.device) -> None:
    """Wait until the device has done all that was launched."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def seconds_per_call(
    function: Callable[[], object], device: torch.device, seconds: float
) -> float:
    """Call a function for so long, then wait for the device; warm-up is the caller's."""
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        function()
        calls += 1
    wait_for(device)
    return (time.perf_counter() - start) / calls


def launch_costs(device: torch.device, seconds: float) -> dict[str, float]:
    """Measure what a graph costs that computes next to nothing.

    :return: `graph_us`, one launch of a graph of one kernel; `kernel_us`, each further kernel of
        a graph, which waits for the one before.
    """
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        number = torch.zeros((), device=device)

        def some(kernels: int) -> Callable[[], None]:
            def run() -> None:
                for _ in range(kernels):
                    number.add_(1)

            return CudaGraph(run, stream)

        one, many = (
            1e6 * seconds_per_call(some(kernels), device, seconds) for kernels in (1, KERNELS)
        )
    return {'graph_us': one, 'kernel_us': (many - one) / (KERNELS - 1)}


def count_kernels(function: Callable[[], object], device: torch.device) -> int | None:
    """Count the kernels and copies of one call; None where the profiler cannot see them."""
    function()
    wait_for(device)
    activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    try:
        with torch.profiler.profile(activities=activities) as profile:
            function()
            wait_for(device)
        on_device = [event for event in profile.events() if event.device_type.name == 'CUDA']
    except Exception as error:  # noqa: BLE001  profilers fail in many ways
        print(f'bench-gpu: kernels not counted: {error!r}', file=sys.stderr, flush=True)
        return None
    return len(on_device) or None
