# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of Soft Actor-Critic."""

from __future__ import annotations

from dataclasses import dataclass
import math

from sac_core.settings import setting
from sac_learner.algorithms.config import AlgorithmConfig, POSITIVE

# Above what any reward needs. Beyond 1e19 its gradient has no square in float32: the second moment
# of its Adam would become infinite, and it would never move again.
LARGEST_TEMPERATURE = 1e8
LARGEST_LOG_ALPHA = math.log(LARGEST_TEMPERATURE)


@dataclass(frozen=True, kw_only=True)
class SacConfig(AlgorithmConfig):
    """What one learner step of Soft Actor-Critic computes.

    After utd_ratio critic updates come one update of the actor and one of the temperature, on all
    their transitions.

    :raises ValueError: for a value outside its range, naming field and value.
    """

    dropout: float = setting(
        0.0,
        "Share of the critics' hidden units that is dropped in each pass (DroQ).",
        low=0.0,
        high=0.9,
    )
    num_critics: int = setting(2, 'Critics in the ensemble.', low=1)
    target_subset: int = setting(
        2,
        'Target critics, drawn without replacement for each critic update, whose minimum is'
        ' the target (REDQ).',
        low=1,
    )
    actor_q: str = setting(
        'mean',
        'What the actor maximizes: mean or minimum of the critics.',
        choices=('mean', 'min'),
    )
    backup_entropy: bool = setting(
        True, "Count the entropy of the next action in the critics' target."
    )
    tau: float = setting(
        0.005,
        'Share of the critic that enters its target at each critic update.',
        low=POSITIVE,
        high=1.0,
    )

    actor_lr: float = setting(1e-3, 'Step size of Adam for the actor.', low=POSITIVE)
    critic_lr: float = setting(1e-3, 'Step size of Adam for the critics.', low=POSITIVE)
    temperature_lr: float = setting(1e-3, 'Step size of Adam for log_alpha.', low=POSITIVE)
    weight_decay: float = setting(
        0.0,
        'Share of each matrix of actor and critics that is taken off it per update, times the step'
        ' size (AdamW); biases and LayerNorm keep theirs.',
        low=0.0,
    )
    warmup_steps: int = setting(
        0,
        'Updates over which the step sizes of actor and critics rise linearly, counted in each'
        " network's own updates; 0: none.",
        low=0,
    )
    init_temperature: float = setting(
        0.1, 'Alpha before the first update.', low=POSITIVE, high=LARGEST_TEMPERATURE
    )
    target_entropy_per_dim: float = setting(
        -1.0,
        'Entropy to which the temperature steers the policy, per action dimension [nat],'
        ' for actions in [-1, 1]; below ln 2 = 0.693, which uniform actions have.',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.target_entropy_per_dim >= math.log(2):
            raise ValueError(
                'target_entropy_per_dim must be below 0.693: no policy can be so random,'
                f' got {self.target_entropy_per_dim:g}'
            )
        if self.target_subset > self.num_critics:
            raise ValueError(
                f'target_subset must be at most num_critics ({self.num_critics}), '
                f'got {self.target_subset}'
            )

    def target_entropy_for(self, action_dim: int) -> float:
        """Nats, for a robot with that many action dimensions."""
        return self.target_entropy_per_dim * action_dim
