# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The settings that every algorithm has: those of its networks, its batches and its targets."""

from __future__ import annotations

from dataclasses import dataclass

from sac_core.settings import setting, Settings

POSITIVE = 1e-12  # smallest value of what must be above zero


@dataclass(frozen=True, kw_only=True)
class AlgorithmConfig(Settings):
    """Base of the settings of an algorithm; the dimensions come with the robot.

    Replay buffer, pace, prior data and dynamics model read these; an algorithm adds its own.

    :raises ValueError: for a value outside its range, naming field and value.
    """

    hidden_dims: tuple[int, ...] = setting(
        (256, 256), 'Width of each hidden layer, in the actor and in every critic.', low=1
    )
    activation: str = setting(
        'relu', 'Nonlinearity after each hidden layer.', choices=('relu', 'tanh')
    )
    layer_norm_critic: bool = setting(
        True, 'Normalize each hidden layer of the critics before its activation (RLPD).'
    )
    layer_norm_actor: bool = setting(False, 'The same in the actor.')
    normalize_observations: bool = setting(
        True,
        'Bring each number of an observation to mean 0 and standard deviation 1 for the networks.',
    )

    discount: float = setting(0.99, 'Gamma, per step.', low=0.0, high=1.0)
    n_step: int = setting(
        1,
        'Rewards that the target adds up before it trusts the target critics; the following steps'
        ' are those of an older policy.',
        low=1,
        high=100,
    )
    terminal_return_steps: int = setting(
        0,
        'Transitions before a termination whose target is the return that came, with nothing'
        ' estimated; 0: none.',
        low=0,
        high=1000,
    )

    reset_period: int = setting(
        0,
        'Learner steps after which networks begin anew, while all transitions stay; 0: never.',
        low=0,
    )
    reset_layers: str = setting(
        'last',
        'What begins anew then: last for the last layer of actor and critics, all for all that is'
        ' learned; optimizers and target networks with them.',
        choices=('last', 'all'),
    )

    batch_size: int = setting(256, 'Transitions in one critic update.', low=1)
    utd_ratio: int = setting(
        8,
        'Critic updates per environment step.',
        low=1,
        high=1000,
        changeable=True,
    )
    model_share: float = setting(
        0.0,
        'Share of each critic update that a learned model of the robot imagines, with actions of'
        ' the policy as it is now (MBPO); 0: no model.',
        low=0.0,
        high=1.0,
    )
    model_horizon: int = setting(
        1, 'Steps in a row that the model imagines from where the robot was.', low=1, high=1000
    )
    model_members: int = setting(5, 'Networks in the ensemble of the model.', low=1)
    model_hidden_dims: tuple[int, ...] = setting(
        (256, 256, 256), 'Width of each hidden layer of the model.', low=1
    )
    model_lr: float = setting(1e-3, 'Step size of Adam for the model.', low=POSITIVE)
    model_updates: int = setting(
        1, 'Updates of the model during each learner step, on batch_size for each member.', low=1
    )
    prior_share: float = setting(
        0.5,
        'Share of each critic update that is drawn from prior_data, where there is some (RLPD).',
        low=0.0,
        high=1.0,
    )
    seed: int = setting(0, 'Seed of initial weights, noise and sampling.', low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ('hidden_dims', 'model_hidden_dims'):
            if not getattr(self, name):
                raise ValueError(f'{name} must name at least one layer, got ()')

    @property
    def step_batch_size(self) -> int:
        """Transitions that one learner step takes: one batch for each critic update."""
        return self.batch_size * self.utd_ratio
