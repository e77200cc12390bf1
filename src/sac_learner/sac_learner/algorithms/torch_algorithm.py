# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What algorithms in plain torch share: where they compute, their metrics, their state."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from sac_learner.adam import Adam
from sac_learner.algorithms.base import Algorithm, Machine, PolicyTensors
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.config import AUTO
from sac_learner.hardware import available_cores, choose_device, default_threads
from sac_learner.precision import check_precision
from sac_learner.step_state import check_state, load_generator
import torch
from torch import nn, Tensor


class TorchAlgorithm(Algorithm):
    """Named networks and optimizers, and a generator for all that is random.

    A subclass makes its networks from `initial`, a generator on the CPU, so that they are the same
    on every device, and fills `_metrics` in `update`.

    :param device: where networks live and steps run.
    :param precision: of the matrix products, see `sac_learner.precision`.
    :raises ValueError: for a precision that the device does not offer.
    """

    def __init__(
        self,
        config: AlgorithmConfig,
        observation_dim: int,
        action_dim: int,
        *,
        device: torch.device | str = 'cpu',
        precision: str = 'fp32',
    ) -> None:
        self.config = config
        self.observation_dim = observation_dim
        self.action_dim = action_dim
        self.device = torch.device(device)
        self.precision = precision
        check_precision(precision, self.device)
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self._steps = 0
        self._metrics: dict[str, Tensor] = {}

    @classmethod
    def build(
        cls, config: AlgorithmConfig, observation_dim: int, action_dim: int, machine: Machine
    ) -> tuple[Algorithm, str]:
        """Build it, and let torch have the threads; see `Algorithm.build`."""
        device, why = choose_device(machine.device)
        precision = 'fp32' if machine.precision == AUTO else machine.precision
        built = cls(config, observation_dim, action_dim, device=device, precision=precision)
        line = f'{device} ({why}), torch, {precision}'
        if device.type == 'cpu':
            cores = available_cores()
            threads = machine.threads or default_threads(cores, config.batch_size)
            torch.set_num_threads(threads)
            line += f', {threads} of {cores:g} cores'
        return built, line

    @abstractmethod
    def modules(self) -> dict[str, nn.Module]:
        """Name the networks; 'actor' is the one whose weights are the policy."""

    @abstractmethod
    def adams(self) -> dict[str, Adam]:
        """Name the optimizers."""

    def parameters(self) -> dict[str, Tensor]:
        """Name what training changes beside networks and optimizers."""
        return {}

    @property
    def steps(self) -> int:
        """Learner steps done."""
        return self._steps

    def metrics(self) -> dict[str, float]:
        """Give the values of the last step."""
        if not self._metrics:
            return {}
        values = torch.stack(list(self._metrics.values())).tolist()  # one wait for the device
        return dict(zip(self._metrics, values, strict=True))

    def policy_tensors(self) -> PolicyTensors:
        """Copy the actor's weights; matrices are (inputs, outputs)."""
        return {
            name: weights.detach().cpu().numpy().copy()
            for name, weights in self.modules()['actor'].named_parameters()
        }

    def state_dict(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on, to the CPU."""
        state = {name: tensor.detach().cpu().clone() for name, tensor in self._tensors()}
        state['steps'] = torch.tensor(self._steps)
        state['generator'] = self.generator.get_state()
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from a copied state.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """
        check_state({name: tensor.shape for name, tensor in self.state_dict().items()}, state)
        with torch.no_grad():
            for name, tensor in self._tensors():
                tensor.copy_(state[name])
        self._steps = int(state['steps'])
        load_generator(self.generator, state, seed=self.config.seed)

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Name all tensors that training changes."""
        for prefix, module in self.modules().items():
            for name, weights in module.named_parameters():
                yield f'{prefix}.{name}', weights
        yield from self.parameters().items()
        for prefix, adam in self.adams().items():
            for name, tensor in adam.tensors():
                yield f'{prefix}.{name}', tensor


def follow(targets: nn.Module, sources: nn.Module, share: float) -> None:
    """Let target networks follow slowly: target <- (1 - share) target + share source."""
    with torch.no_grad():
        for target, source in zip(targets.parameters(), sources.parameters(), strict=True):
            target.lerp_(source, share)
