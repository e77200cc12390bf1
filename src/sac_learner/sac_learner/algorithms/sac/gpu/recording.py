# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A function over static tensors, recorded as a CUDA graph: all its kernels in one launch."""

from __future__ import annotations

from collections.abc import Callable
import warnings

import torch

_WARM_UPS = 3  # compile, load libraries and allocate, none of which may happen in a recording


class CudaGraph:
    """Replays what a function does to its tensors.

    :param function: reads and writes only tensors that stay where they are, and never waits for
        the device. It runs a few times before it is recorded.
    :param stream: where it runs, not the default one; use the recording on this stream.
    :param generator: what the function draws from, if it does; each replay draws anew.
    """

    def __init__(
        self,
        function: Callable[[], None],
        stream: torch.cuda.Stream,
        generator: torch.Generator | None = None,
    ) -> None:
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UPS):
                function()
            stream.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        if generator is not None and hasattr(self._graph, 'register_generator_state'):
            with warnings.catch_warnings():  # newer versions of torch do it themselves, and say so
                warnings.simplefilter('ignore')
                self._graph.register_generator_state(generator)
        # Other threads may continue using the device meanwhile.
        with torch.cuda.graph(self._graph, stream=stream, capture_error_mode='thread_local'):
            function()

    def __call__(self) -> None:
        self._graph.replay()
