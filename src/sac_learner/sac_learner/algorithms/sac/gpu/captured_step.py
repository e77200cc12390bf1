# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner step as one launch: drawing the batch, noise and all updates in one CUDA graph.

On the CPU the same functions run as they are, so that everything but the recording is tested
where there is no GPU.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from sac_learner.algorithms.base import check_batch, PolicyTensors
from sac_learner.algorithms.sac.algorithm import Sac
from sac_learner.algorithms.sac.config import SacConfig
from sac_learner.algorithms.sac.gpu.device_copy import DeviceCopy
from sac_learner.algorithms.sac.gpu.device_replay import DeviceReplay
from sac_learner.algorithms.sac.gpu.named_state import NamedState
from sac_learner.algorithms.sac.gpu.recording import CudaGraph
from sac_learner.algorithms.sac.gpu.row_layout import RowLayout
from sac_learner.algorithms.sac.gpu.update import METRICS, Update
from sac_learner.algorithms.sac.noise import check_dropout_key, draw_noise, StepNoise
from sac_learner.batch import Batch
from sac_learner.observation_normalizer import Normalization
from sac_learner.precision import check_precision, product_precision
from sac_learner.replay_rows import RowArray
from sac_learner.replay_storage import ReplayStorage
from sac_learner.step_state import load_generator
import torch
from torch import Tensor

# Steps handed to the device and not done yet. Enough that it never runs dry, and few enough that
# what is stored, counted and published is never older than a few milliseconds.
_STEPS_AHEAD = 4


def draws_itself(config: SacConfig) -> bool:
    """Return whether the step can draw batches from its copy, which knows single transitions."""
    return config.n_step == 1 and not config.terminal_return_steps and not config.model_share


class CapturedStep(Sac):
    """The step of `SacStep` on a device that draws its own batches.

    Used by one thread at a time, with the exception of the constructor. All its work goes into
    one stream, in the order of the calls.

    :param config: the algorithm's choices.
    :param replay_capacity: transitions that the host's replay buffer holds.
    :param device: a GPU; on a CPU nothing is recorded.
    :param precision: of the matrix products, see `sac_learner.precision`.
    :param compiled: let torch.compile fuse kernels; takes up to a minute for the first time.
    :raises ValueError: for a precision that the device does not offer.
    """

    def __init__(
        self,
        config: SacConfig,
        observation_dim: int,
        action_dim: int,
        *,
        replay_capacity: int,
        device: torch.device | str,
        precision: str = 'fp32',
        compiled: bool = True,
    ) -> None:
        self.config = config
        self.observation_dim, self.action_dim = observation_dim, action_dim
        self.device = torch.device(device)
        check_precision(precision, self.device)
        self.precision = precision
        self._on_gpu = self.device.type == 'cuda'
        self._stream = torch.cuda.Stream(self.device) if self._on_gpu else None
        self._side_stream = torch.cuda.Stream(self.device) if self._on_gpu else None
        self._under_way: deque[torch.cuda.Event] = deque()
        self._steps = 0
        self._metrics: dict[str, float] = {}
        self._metrics_copy: DeviceCopy | None = None
        self._step_given: Callable[[], None] | None = None
        self._prior_places: dict[bool, Tensor] = {}  # by whether all come from prior data
        self._prior_only: bool | None = None
        layout = RowLayout(observation_dim, action_dim)
        with self._in_order():
            self._update = Update(
                config, layout, self.device, precision=precision, compiled=compiled
            )
            self._state = NamedState(self._update)
            self.generator = torch.Generator(self.device).manual_seed(config.seed)
            self._replay = DeviceReplay(
                replay_capacity if draws_itself(config) else 1, layout, self.device
            )
            self._stats = torch.zeros(len(METRICS), device=self.device)
            self._rows = torch.zeros(config.step_batch_size, layout.width, device=self.device)
            self._noise = draw_noise(config, action_dim, self.generator)
            self._drawn = self._rows, self._noise
            self.generator.manual_seed(config.seed)
        self._step_drawn = self._recorded(self._draw_and_update, draws=True)

    @property
    def steps(self) -> int:
        """Learner steps handed to the device."""
        return self._steps

    # What is stored reaches the device.

    def mirror(self, storage: ReplayStorage, total_added: int) -> None:
        """Copy what was added to the replay buffer; returns before it is there."""
        with self._in_order():
            self._replay.mirror(storage, total_added)

    def hold_prior(self, rows: RowArray, *, rows_in_batch: int) -> None:
        """Draw a part of each critic update's batch from other transitions, too.

        :param rows: as they are stored.
        :param rows_in_batch: how many of a batch come from them.
        """
        shape = self.config.utd_ratio, self.config.batch_size
        mixed = torch.zeros(shape, dtype=torch.bool)
        mixed[:, self.config.batch_size - rows_in_batch :] = True
        self._prior_places = {False: mixed.flatten(), True: torch.ones_like(mixed).flatten()}
        with self._in_order():
            self._replay.hold_prior(rows, places=self.config.step_batch_size)
        self._prior_only = None
        self._step_drawn = self._recorded(self._draw_and_update, draws=True)

    def normalize_by(self, normalization: Normalization) -> None:
        """Normalize so what is drawn from now on."""
        with self._in_order():
            self._replay.normalize_by(normalization)

    # Steps.

    def step_drawn(self, *, prior_only: bool = False) -> None:
        """Draw a batch from what was mirrored and make one learner step with it.

        :param prior_only: draw from what `hold_prior` got alone.
        :raises ValueError: when nothing is mirrored yet.
        """
        if not len(self._replay) and not prior_only:
            raise ValueError('cannot sample from an empty replay buffer')
        if self._prior_places and prior_only != self._prior_only:
            self._prior_only = prior_only
            with self._in_order():
                self._replay.draw_from_prior(self._prior_places[prior_only])
        self._run(self._step_drawn)

    def update(self, batch: Batch, noise: StepNoise | None = None) -> None:
        """Make one learner step with a given batch, as `SacStep.update`.

        :raises ValueError: for a batch of another size.
        """
        check_batch(self.config, batch)
        if noise is not None:
            check_dropout_key(self.config, noise)
        layout = self._update.layout
        if self._step_given is None:
            self._step_given = self._recorded(self._update_with_given, draws=False)
        with self._in_order():
            if noise is None:
                noise = draw_noise(self.config, layout.action_dim, self.generator)
            layout.write(self._rows, batch)
            self._noise.next_action_noise.copy_(noise.next_action_noise)
            self._noise.actor_noise.copy_(noise.actor_noise)
            self._noise.target_subset.copy_(noise.target_subset)
            if self._noise.dropout_key is not None and noise.dropout_key is not None:
                self._noise.dropout_key.copy_(noise.dropout_key)
        self._run(self._step_given)

    def last_drawn(self) -> tuple[Batch, StepNoise]:
        """Copy the batch, normalized, and the noise of the last `step_drawn`, for a comparison."""
        with self._in_order():
            rows, noise = self._drawn
            return self._update.layout.batch(rows.clone()), StepNoise(
                noise.next_action_noise.clone(),
                noise.actor_noise.clone(),
                noise.target_subset.clone(),
                None if noise.dropout_key is None else noise.dropout_key.clone(),
            )

    def _draw_and_update(self) -> None:
        noise = draw_noise(self.config, self._update.layout.action_dim, self.generator)
        rows = self._replay.draw(self.config.step_batch_size, self.generator)
        self._drawn = rows, noise  # a recording writes into these same tensors at each replay
        self._stats.copy_(self._update(rows, noise))

    def _update_with_given(self) -> None:
        self._stats.copy_(self._update(self._rows, self._noise))

    def _recorded(self, function: Callable[[], None], *, draws: bool) -> Callable[[], None]:
        """Record a function, leaving all as it was before; on the CPU there is nothing to do."""
        if self._stream is None:
            return function
        with self._in_order(), product_precision(self.precision):
            before = self.state_dict()
            recording = CudaGraph(function, self._stream, self.generator if draws else None)
            self.load_state_dict(before)
        return recording

    def _run(self, function: Callable[[], None]) -> None:
        with self._in_order():
            function()
            self._steps += 1
            if self._stream is not None:
                if len(self._under_way) == _STEPS_AHEAD:
                    self._under_way.popleft().synchronize()
                done = torch.cuda.Event(blocking=True)
                done.record()
                self._under_way.append(done)

    # What comes back.

    def metrics(self) -> dict[str, float]:
        """Give the newest figures that have arrived, and ask for those of now.

        On a GPU that are the figures of the last call; only the first call waits for its own.
        """
        if not self._steps:
            return {}
        if self._metrics_copy is None:
            with self._in_order():
                self._metrics_copy = DeviceCopy(self._stats, self._side_stream)
        if not self._metrics or self._metrics_copy.ready():
            values = self._metrics_copy.values().tolist()
            self._metrics = dict(zip(METRICS, values, strict=True))
            self._metrics_copy = None
        return dict(self._metrics)

    def copy_policy(self) -> PolicyOnItsWay:
        """Begin to copy the actor's weights of now; training continues meanwhile."""
        with self._in_order():
            return PolicyOnItsWay(
                DeviceCopy(self._update.actor, self._side_stream), self._state.policy
            )

    def batch_drawer(self) -> CapturedStep | None:
        """Give this step where it can draw what the settings ask for."""
        return self if draws_itself(self.config) else None

    def policy_tensors(self) -> PolicyTensors:
        """Copy the actor's weights, named as in `Actor`; matrices are (inputs, outputs)."""
        return self.copy_policy().tensors()

    def state_dict(self) -> dict[str, Tensor]:
        """Copy all that a later continuation depends on, named and shaped as by `SacStep`.

        The state of the generator is that of this kind of device.
        """
        with self._in_order():
            state = self._state.copy()
        state['steps'] = torch.tensor(self._steps)
        state['generator'] = self.generator.get_state()
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from a copied state, this class's own or that of another step.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """
        with self._in_order():
            self._state.load(state)
        self._steps = int(state['steps'])
        load_generator(self.generator, state, seed=self.config.seed)

    def _in_order(self) -> AbstractContextManager[object]:
        """Make this step's stream, and its device, the current ones."""
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


class PolicyOnItsWay:
    """The actor's weights, under way to the CPU."""

    def __init__(self, copy: DeviceCopy, name: Callable[[Tensor], PolicyTensors]) -> None:
        self._copy = copy
        self._name = name

    def ready(self) -> bool:
        """Return whether `tensors` would return at once."""
        return self._copy.ready()

    def tensors(self) -> PolicyTensors:
        """Give the weights, named as in `Actor`; waits for them."""
        return self._name(self._copy.values())
