# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The C++ core's shared library as ctypes: its structures and functions, and what it offers."""

from __future__ import annotations

import ctypes

from sac_learner.algorithms.sac.native.build import build

MAX_HIDDEN_LAYERS = 16
METRICS = (
    'critic_loss',
    'q_mean',
    'actor_loss',
    'temperature_loss',
    'temperature',
    'entropy',
)


class CoreConfig(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int32)
            for name in (
                'observation_dim',
                'action_dim',
                'hidden_layers',
                'num_critics',
                'target_subset',
                'batch_size',
                'utd_ratio',
                'activation',
                'layer_norm_critic',
                'layer_norm_actor',
                'actor_q_is_min',
                'backup_entropy',
                'warmup_steps',
                'bf16',
                'threads',
            )
        ),
        ('hidden_dims', ctypes.c_int32 * MAX_HIDDEN_LAYERS),
        *(
            (name, ctypes.c_double)
            for name in (
                'discount',
                'tau',
                'actor_lr',
                'critic_lr',
                'temperature_lr',
                'target_entropy',
                'weight_decay',
                'dropout',
            )
        ),
    ]


class CoreInputs(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_void_p)
            for name in (
                'observations',
                'actions',
                'rewards',
                'next_observations',
                'bootstrap',
                'next_action_noise',
                'actor_noise',
                'target_subset',
            )
        ),
        ('dropout_key', ctypes.c_uint32),
    ]


class CoreScalars(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in ('actor_updates', 'critic_updates', 'temperature_updates')
        ),
        *((name, ctypes.c_float) for name in ('log_alpha', 'log_alpha_mean', 'log_alpha_square')),
    ]


class CoreMetrics(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in METRICS]


def offers_bf16() -> bool:
    """
    Tell whether the core multiplies in bfloat16: the processor has AMX, or AVX-512 BF16.

    :raises BuildError: where the core cannot be compiled.
    :raises OSError: where it cannot be loaded.
    """
    return bool(load_core().sac_offers_bf16())


def load_core() -> ctypes.CDLL:
    library = ctypes.CDLL(str(build()))
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ('sac_interface_size', number, []),
        ('sac_offers_bf16', number, []),
        ('sac_create', pointer, [pointer]),
        ('sac_destroy', None, [pointer]),
        ('sac_scalars', ctypes.POINTER(CoreScalars), [pointer]),
        ('sac_step', None, [pointer, pointer, pointer]),
        ('sac_exchange', None, [pointer, *[number] * 6, pointer, number]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    structures = (CoreConfig, CoreInputs, CoreScalars, CoreMetrics)
    if library.sac_interface_size() != sum(ctypes.sizeof(each) for each in structures):
        raise OSError('the native core was built from other sources than this wrapper')
    return library
