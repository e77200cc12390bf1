# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The precisions of the matrix products, in which nearly all of a step's time goes.

'fp32' computes them as IEEE float32. 'tf32' lets a GPU round their inputs to 10 bits of mantissa.
'bf16' rounds the inputs and results of the products between hidden layers to 7 bits. Sums within
a product, everything between the products, and all weights and optimizer states stay float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sac_learner.config import PRECISIONS
import torch
from torch import Tensor


def check_precision(precision: str, device: torch.device) -> None:
    """Check that a device offers a precision.

    :raises ValueError: where it does not, naming both
    """
    if precision not in PRECISIONS:
        raise ValueError(f'precision must be one of {PRECISIONS}, got {precision!r}')
    if precision == 'tf32' and device.type != 'cuda':
        raise ValueError(f"precision 'tf32' needs a GPU, got the device '{device}'")


@contextmanager
def product_precision(precision: str) -> Iterator[None]:
    """Set torch's own switch for float32 products meanwhile; it holds for the whole process."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision('high' if precision == 'tf32' else 'highest')
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def product(a: Tensor, b: Tensor, *, bf16: bool) -> Tensor:
    """Give `a @ b` as float32, multiplied in bfloat16 where asked for."""
    return (a.bfloat16() @ b.bfloat16()).float() if bf16 else a @ b
