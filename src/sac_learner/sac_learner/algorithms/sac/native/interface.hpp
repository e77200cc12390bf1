// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// What passes between Python and the core; mirrored in library.py, which compares the sizes.
#pragma once

#include <cstdint>

namespace sac {

struct Config {
  int32_t observation_dim, action_dim, hidden_layers, num_critics, target_subset;
  int32_t batch_size, utd_ratio, activation, layer_norm_critic, layer_norm_actor;
  int32_t actor_q_is_min, backup_entropy, warmup_steps, bf16, threads;
  int32_t hidden_dims[16];
  double discount, tau, actor_lr, critic_lr, temperature_lr, target_entropy, weight_decay, dropout;
};

// (n, ...) arrays of the n = utd_ratio * batch_size transitions, and (utd_ratio, target_subset).
struct Inputs {
  const float *observations, *actions, *rewards, *next_observations, *bootstrap;
  const float *next_action_noise, *actor_noise;
  const int64_t *target_subset;
  uint32_t dropout_key;
};

struct Scalars {
  int64_t actor_updates, critic_updates, temperature_updates;
  float log_alpha, log_alpha_mean, log_alpha_square;
};

struct Metrics {
  double critic_loss, q_mean, actor_loss, temperature_loss, temperature, entropy;
};

}  // namespace sac
