# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The flat tensors of an `Update` under the names and shapes that `SacStep` gives its state."""

from __future__ import annotations

from sac_learner.algorithms.base import PolicyTensors
from sac_learner.algorithms.sac.gpu.update import Update
from sac_learner.algorithms.sac.reference import SacStep
from sac_learner.step_state import check_state
from torch import Tensor


class NamedState:
    """Reads and writes all that training changes, and sets it to the reference's initial weights.

    :param update: owns the tensors.
    """

    def __init__(self, update: Update) -> None:
        self._update = update
        views = self._views()
        layout = update.layout
        reference = SacStep(update.config, layout.observation_dim, layout.action_dim).state_dict()
        self._shapes = {name: tensor.shape for name, tensor in reference.items()}
        self._tensors = {name: views[name] for name in self._shapes if name in views}
        self.load(reference)

    def copy(self) -> dict[str, Tensor]:
        """Copy all tensors to the CPU."""
        return {name: tensor.cpu().clone() for name, tensor in self._tensors.items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Copy tensors in; what else the state holds is checked only.

        :raises ValueError: where names or shapes differ, naming them; nothing is loaded then.
        """
        check_state(self._shapes, state)
        for name, tensor in self._tensors.items():
            tensor.copy_(state[name])

    def policy(self, actor: Tensor) -> PolicyTensors:
        """Copy the actor's weights out of a flat tensor on the CPU, (1, size)."""
        views = self._actor_views(actor)
        names = (name for name in self._shapes if name.startswith('actor.'))
        return {
            name: views[name].numpy().copy() for name in (n.removeprefix('actor.') for n in names)
        }

    def _views(self) -> dict[str, Tensor]:
        update = self._update
        views = {'log_alpha': update.log_alpha}
        for prefix, weights in (
            ('critics', update.critics),
            ('target_critics', update.target_critics),
            ('critic_adam.mean', update.critic_adam.mean),
            ('critic_adam.square', update.critic_adam.square),
        ):
            for name, view in update.critic_mlp.views(weights).items():
                views[f'{prefix}.{name.replace("head", "value")}'] = view
        for prefix, weights in (
            ('actor', update.actor),
            ('actor_adam.mean', update.actor_adam.mean),
            ('actor_adam.square', update.actor_adam.square),
        ):
            for name, view in self._actor_views(weights).items():
                views[f'{prefix}.{name}'] = view
        views['temperature_adam.mean.log_alpha'] = update.temperature_adam.mean
        views['temperature_adam.square.log_alpha'] = update.temperature_adam.square
        for name in ('actor', 'critic', 'temperature'):
            views[f'{name}_adam.updates'] = getattr(update, f'{name}_adam').updates
        return views

    def _actor_views(self, flat: Tensor) -> dict[str, Tensor]:
        """Name the actor's weights as `Actor` does, whose two heads are one here."""
        views = self._update.actor_mlp.views(flat)
        action_dim = self._update.layout.action_dim
        named = {name: view[0] for name, view in views.items() if name.startswith('hidden')}
        for head, columns in (
            ('mean', slice(0, action_dim)),
            ('log_std', slice(action_dim, 2 * action_dim)),
        ):
            named[f'{head}.weight'] = views['head.weight'][0][:, columns]
            named[f'{head}.bias'] = views['head.bias'][0][columns]
        return named
