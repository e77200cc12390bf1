# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's settings: the choices of the algorithm, and those of the process around it."""

from __future__ import annotations

from dataclasses import dataclass
import math

from sac_core.cpu_affinity import parse_cpus
from sac_core.settings import setting, Settings

AUTO = 'auto'
PRECISIONS = ('fp32', 'tf32', 'bf16')  # of the matrix products, see sac_learner.precision
_POSITIVE = 1e-12  # smallest value of what must be above zero
# Above what any reward needs. Beyond 1e19 its gradient has no square in float32: the second moment
# of its Adam would become infinite, and it would never move again.
LARGEST_TEMPERATURE = 1e8
LARGEST_LOG_ALPHA = math.log(LARGEST_TEMPERATURE)


@dataclass(frozen=True, kw_only=True)
class SacConfig(Settings):
    """
    What one high-UTD step of Soft Actor-Critic computes; the dimensions come with the robot.

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
    dropout: float = setting(
        0.0,
        "Share of the critics' hidden units that is dropped in each pass (DroQ).",
        low=0.0,
        high=0.9,
    )
    normalize_observations: bool = setting(
        True,
        'Bring each number of an observation to mean 0 and standard deviation 1 for the networks.',
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
    tau: float = setting(
        0.005,
        'Share of the critic that enters its target at each critic update.',
        low=_POSITIVE,
        high=1.0,
    )

    actor_lr: float = setting(1e-3, 'Step size of Adam for the actor.', low=_POSITIVE)
    critic_lr: float = setting(1e-3, 'Step size of Adam for the critics.', low=_POSITIVE)
    temperature_lr: float = setting(1e-3, 'Step size of Adam for log_alpha.', low=_POSITIVE)
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
    reset_period: int = setting(
        0,
        'High-UTD steps after which networks begin anew, while all transitions stay; 0: never.',
        low=0,
    )
    reset_layers: str = setting(
        'last',
        'What begins anew then: last for the last layer of actor and critics, all for all networks'
        ' and the temperature; optimizers and target critics with them.',
        choices=('last', 'all'),
    )
    init_temperature: float = setting(
        0.1, 'Alpha before the first update.', low=_POSITIVE, high=LARGEST_TEMPERATURE
    )
    target_entropy_per_dim: float = setting(
        -1.0,
        'Entropy to which the temperature steers the policy, per action dimension [nat],'
        ' for actions in [-1, 1]; below ln 2 = 0.693, which uniform actions have.',
    )

    batch_size: int = setting(256, 'Transitions in one critic update.', low=1)
    utd_ratio: int = setting(
        8,
        'Critic updates per environment step, followed by one update of actor and temperature'
        ' on all their transitions.',
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
    model_lr: float = setting(1e-3, 'Step size of Adam for the model.', low=_POSITIVE)
    model_updates: int = setting(
        1, 'Updates of the model during each high-UTD step, on batch_size for each member.', low=1
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
        if not self.hidden_dims:
            raise ValueError('hidden_dims must name at least one layer, got ()')
        if not self.model_hidden_dims:
            raise ValueError('model_hidden_dims must name at least one layer, got ()')
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

    @property
    def step_batch_size(self) -> int:
        """Transitions that one high-UTD step takes: one batch for each critic update."""
        return self.batch_size * self.utd_ratio

    def target_entropy_for(self, action_dim: int) -> float:
        """Nats, for a robot with that many action dimensions."""
        return self.target_entropy_per_dim * action_dim


@dataclass(frozen=True, kw_only=True)
class LearnerSettings(Settings):
    """How the learner's process stores, paces, publishes and saves."""

    autostart: bool = setting(
        True,
        'Configure and activate itself when the robot is known; false: wait until a lifecycle'
        ' client asks for it.',
    )
    device: str = setting(
        'auto', 'Where to train: auto (a GPU if there is one), cpu, cuda, cuda:1, ...'
    )
    threads: int = setting(
        0, 'CPU threads of the training; 0: leave cores to the actor and the bridge.', low=0
    )
    cpu_affinity: str = setting(
        '', "CPUs on which the learner may run, such as '1,2,3'; empty: any."
    )
    precision: str = setting(
        'fp32',
        'Of the matrix products: fp32, tf32 (GPU only), bf16 (between hidden layers) or auto: bf16'
        ' on a processor with AMX or AVX-512 BF16, fp32 elsewhere.',
        choices=(AUTO, *PRECISIONS),
    )
    compile: bool = setting(
        True, 'On a GPU, compile fewer and larger kernels at the start, which can take a minute.'
    )
    replay_capacity: int = setting(
        1_000_000, 'Transitions that the replay buffer holds; then the oldest go.', low=1
    )
    training_starts: int = setting(300, 'Transitions to store before the first update.', low=1)
    lockstep: bool = setting(False, 'Make every update that is owed before the actor may go on.')
    max_debt_steps: int = setting(
        1000,
        'High-UTD steps that the learner may be behind; more are forgiven, not paid back.'
        ' Lockstep forgives none.',
        low=1,
    )
    weights_publish_period: float = setting(
        0.2,
        'Shortest time between two published policies [s]; lockstep publishes when it is'
        " the actor's turn.",
        low=0.0,
        high=3600.0,
        changeable=True,
    )
    weights_piece_size: int = setting(
        0,
        'Largest piece of a policy in one message [bytes]; 0: 60000 where only this machine'
        ' listens, else 1200, so that a lost packet costs one piece.',
        low=0,
        high=1_000_000,
    )
    status_period: float = setting(
        1.0, 'Time between two status messages [s].', low=0.05, high=60.0, changeable=True
    )
    prior_data: tuple[str, ...] = setting(
        ('',),
        'Recordings to learn from beside what arrives: directories of recorded runs or of'
        ' recordings, or MCAP files; empty: none.',
    )
    prior_rows: str = setting(
        'all',
        'What of them: all, intervened where a person chose the action, or successful for the'
        ' episodes that achieved the task.',
        choices=('all', 'intervened', 'successful'),
    )
    offline_steps: int = setting(
        0, 'High-UTD steps on prior_data alone, before a policy is published.', low=0
    )
    end_after_offline: bool = setting(
        False, 'End when the offline_steps are made: training without a robot.'
    )
    replay_dir: str = setting(
        '',
        'Directory of the replay buffer: what is acknowledged is in its files, and a learner that'
        ' finds them goes on from them; empty: memory only.',
    )
    sync_period: float = setting(
        5.0,
        'Longest time that stored transitions wait to be on the disk itself [s]: so much a power'
        ' cut can cost.',
        low=0.1,
        high=3600.0,
    )
    checkpoint_dir: str = setting(
        '',
        'Directory of the checkpoints; a learner that finds one goes on from it; empty: none are'
        ' written.',
    )
    checkpoint_period: float = setting(
        60.0, 'Time between two checkpoints [s]; one more is written at the end.', low=1.0
    )
    checkpoints_kept: int = setting(3, 'Newest checkpoints to keep.', low=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_cpus(self.cpu_affinity)

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings of `prior_data`."""
        return tuple(each for each in self.prior_data if each)


def check_settings(config: SacConfig, settings: LearnerSettings) -> None:
    """Check what no single setting can say of itself.

    :raises ValueError: naming the fields and their values
    """
    if config.batch_size > settings.replay_capacity:
        raise ValueError(
            f'batch_size must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {config.batch_size}'
        )
    if settings.training_starts > settings.replay_capacity:
        raise ValueError(
            f'training_starts must be at most replay_capacity ({settings.replay_capacity}),'
            f' got {settings.training_starts}'
        )
    if settings.offline_steps and not settings.recordings:
        raise ValueError(f'offline_steps needs prior_data, got {settings.offline_steps} steps')
