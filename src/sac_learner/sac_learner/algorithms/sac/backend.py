# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses the fastest implementation of Soft Actor-Critic that the machine and settings allow."""

from __future__ import annotations

import logging

from sac_learner.algorithms.sac.algorithm import Sac
from sac_learner.algorithms.sac.config import SacConfig
from sac_learner.algorithms.sac.gpu.captured_step import CapturedStep, draws_itself
from sac_learner.algorithms.sac.native.build import BuildError
from sac_learner.algorithms.sac.native.library import offers_bf16
from sac_learner.algorithms.sac.native.native_step import NativeStep
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.config import AUTO
from sac_learner.hardware import available_cores, choose_device, default_threads
from sac_learner.precision import check_precision
import torch


def make_step(
    config: SacConfig,
    observation_dim: int,
    action_dim: int,
    *,
    device: str = 'auto',
    threads: int = 0,
    precision: str = 'fp32',
    replay_capacity: int = 1_000_000,
    compiled: bool = True,
) -> tuple[Sac, str]:
    """
    Build the step for this machine, and set torch's thread count.

    :param device: 'auto' (a GPU where there is one), or one of torch's names: 'cpu', 'cuda', ...
    :param threads: on the CPU; 0: as `default_threads`.
    :param precision: of the matrix products, see `sac_learner.precision`; 'auto': bf16 if
        the CPU has AMX or AVX-512 BF16, else fp32.
    :param replay_capacity: of the replay buffer, which a GPU holds a copy of.
    :param compiled: on a GPU, let torch.compile fuse kernels.
    :return: the step, and one line that says which it is and why.
    :raises ValueError: for a device that is not there, or a precision that it does not offer.
    """
    chosen, why = choose_device(device)
    if precision == AUTO:
        precision = 'bf16' if chosen.type == 'cpu' and _native_core_has_bf16() else 'fp32'
    check_precision(precision, chosen)
    if chosen.type != 'cpu':
        step, kind = captured_or_plain(
            config,
            observation_dim,
            action_dim,
            device=chosen,
            precision=precision,
            replay_capacity=replay_capacity,
            compiled=compiled,
        )
        return step, f'{chosen} ({why}), {kind}, {precision}'
    cores = available_cores()
    if threads == 0:
        threads = default_threads(cores, config.batch_size)
    shared = f'{threads} of {cores:g} cores'
    missing = f'the native core has no {precision} on this processor'
    try:
        if precision == 'fp32' or offers_bf16():
            step = NativeStep(
                config, observation_dim, action_dim, threads=threads, precision=precision
            )
            torch.set_num_threads(1)  # torch only draws the noise here
            return step, f'cpu ({why}), native core, {precision}, {shared}'
    except (BuildError, OSError) as error:
        logging.getLogger(__name__).warning(
            'the native core is not available (%s): training with plain torch, several times '
            'slower',
            error,
        )
        missing = 'no native core'
    torch.set_num_threads(threads)
    return (
        SacStep(config, observation_dim, action_dim, precision=precision),
        f'cpu ({why}), torch, {precision}, {shared} ({missing})',
    )


def captured_or_plain(
    config: SacConfig,
    observation_dim: int,
    action_dim: int,
    *,
    device: torch.device,
    precision: str,
    replay_capacity: int,
    compiled: bool,
) -> tuple[Sac, str]:
    """
    Build the fastest step that can be built on a GPU.

    :return: the step, and what kind it is.
    """
    warn = logging.getLogger(__name__).warning
    step: Sac
    for fused in (True, False) if compiled else (False,):
        try:
            step = CapturedStep(
                config,
                observation_dim,
                action_dim,
                replay_capacity=replay_capacity,
                device=device,
                precision=precision,
                compiled=fused,
            )
        except Exception as error:  # noqa: BLE001  drivers and compilers fail in many ways
            if fused:
                warn(
                    'kernels cannot be compiled for the GPU (%s): training with those of torch, '
                    'slower',
                    _cause(error),
                )
            else:
                warn(
                    'the step cannot be recorded as a CUDA graph (%s): training with plain torch, '
                    'much slower',
                    _cause(error),
                )
        else:
            kernels = 'compiled kernels' if fused else 'kernels of torch'
            drawn = (
                ''
                if draws_itself(config)
                else f', batches drawn on the CPU (n_step {config.n_step},'
                f' terminal_return_steps {config.terminal_return_steps},'
                f' model_share {config.model_share:g})'
            )
            return step, f'one CUDA graph of {kernels}{drawn}'
    step = SacStep(config, observation_dim, action_dim, device=device, precision=precision)
    return step, 'torch (no CUDA graph)'


def _cause(error: BaseException) -> str:
    """Describe what went wrong first in one line; what follows from it says little."""
    while error.__context__ is not None:
        error = error.__context__
    return f'{type(error).__name__}: {error}'.splitlines()[0]


def _native_core_has_bf16() -> bool:
    try:
        return offers_bf16()
    except (BuildError, OSError):  # make_step says so
        return False
