// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// One learner step of Soft Actor-Critic; the algorithm is explained in ../reference.py.
//
// Threads share out rows of the batch (forward and backward passes), then pieces of the weights
// (gradient, Adam, target network), and meet in between: two meetings for each critic update.

#include <cmath>
#include <exception>

#include "descent.hpp"
#include "interface.hpp"
#include "passes.hpp"
#include "team.hpp"

namespace sac {

constexpr float LOG_STD_MIN = -5, LOG_STD_MAX = 2;  // as in ../networks.py
constexpr float LARGEST_LOG_ALPHA = 18.4206807f;  // as in ../config.py
constexpr float HALF_LOG_TWO_PI = 0.918938533f, LOG_TWO = 0.693147181f;
constexpr int ROW_CHUNK = 8;  // UNITs of rows in one go: a layer's weights are read once for all

// Adam's state lives with the weights; this is the step size of update t.
Descent descent_at(int64_t t, double lr, int warmup_steps, double tau, double weight_decay) {
  if (warmup_steps > 0) lr *= std::min(1.0, double(t) / warmup_steps);
  return {float(lr / (1 - std::pow(0.9, double(t)))),
          float(1 / std::sqrt(1 - std::pow(0.999, double(t)))), float(tau),
          float(1 - lr * weight_decay)};
}

class Core {
 public:
  explicit Core(const Config &config)
      : config_(config),
        batch_rows_((config.batch_size + UNIT - 1) / UNIT * UNIT),
        rows_(batch_rows_ * config.utd_ratio),
        hidden_(config.hidden_dims, config.hidden_dims + config.hidden_layers),
        actor_shape_(config.observation_dim, hidden_, 2 * config.action_dim,
                     Activation(config.activation), config.layer_norm_actor, config.bf16),
        critic_shape_(config.observation_dim + config.action_dim, hidden_, 1,
                      Activation(config.activation), config.layer_norm_critic, config.bf16),
        actor_(arena_, actor_shape_, false),
        actor_tape_(arena_, actor_shape_, rows_, true),
        team_(config.threads, 2 * config.utd_ratio + 3) {
    const size_t rows = rows_;
    head_deltas_ = Tape::make(arena_, rows_, 2 * config.action_dim);
    pairs_ = Tape::make(arena_, batch_rows_, critic_shape_.layers[0].inputs);
    next_pairs_ = Tape::make(arena_, rows_, critic_shape_.layers[0].inputs);
    append_pieces(actor_pieces_, actor_, actor_tape_, head_deltas_);
    critics_.reserve(config.num_critics);
    tapes_.reserve(config.num_critics);
    errors_.reserve(config.num_critics);
    for (int c = 0; c < config.num_critics; ++c) {
      critics_.emplace_back(arena_, critic_shape_, true);
      tapes_.emplace_back(arena_, critic_shape_, batch_rows_, true);
      tapes_[c].inputs[0] = pairs_;
      errors_.push_back(Tape::make(arena_, batch_rows_, 1));
      q_.push_back(arena_.take(rows));
      append_pieces(critic_pieces_, critics_[c], tapes_[c], errors_[c]);
    }
    for (float **values : {&next_log_probs_, &targets_, &log_probs_, &policy_q_})
      *values = arena_.take(rows);
    for (int member = 0; member < config.threads; ++member) scratch_.emplace_back(arena_, *this);
  }

  void step(const Inputs &inputs, Metrics &metrics) {
    alpha_ = std::exp(scalars.log_alpha);
    team_.run([&](int member) { work(inputs, scratch_[member], member); });
    scalars.critic_updates += config_.utd_ratio;
    scalars.actor_updates += 1;
    update_temperature_and_measure(metrics);
  }

  // Copy one dense tensor (rows x columns) in or out. set: 0 weights, 1 means, 2 squares, 3
  // targets; part: 0 matrix, 1 bias, 2 gain, 3 offset; columns `first`.. of a part, for heads that
  // hold two.
  void exchange(int critic, int set, int layer_index, int part, int first, int columns,
                float *dense, bool in) {
    Network &net = critic < 0 ? actor_ : critics_[critic];
    const Layer &layer = net.shape->layers[layer_index];
    float *sets[] = {net.weights, net.means, net.squares, net.targets};
    const size_t parts[] = {layer.weights, layer.bias, layer.gain, layer.offset};
    const bool matrix =
        part == 0 && !(layer_index == net.shape->hidden() && net.shape->vector_head());
    if (!matrix && part == 0) columns = layer.inputs;
    // The critics' input begins with the action here, so that its gradient is the first panels'.
    const int shift = critic >= 0 && layer_index == 0 && matrix ? config_.action_dim : 0;
    const Matrix own{sets[set] + parts[part], matrix ? layer.panel() : PANEL};
    for (int r = 0; r < (matrix ? layer.inputs : 1); ++r)
      for (int i = 0; i < columns; ++i) {
        float &here = *own.at((r + shift) % layer.inputs, first + i),
              &there = dense[size_t(r) * columns + i];
        (in ? here : there) = in ? there : here;
      }
    if (in && (set == 0 || set == 3) && matrix) net.renew(layer);
  }

  Scalars scalars{};

 private:
  // One thread's room for passes that leave nothing behind but their result.
  struct Scratch {
    Tape policy, target;
    std::vector<Tape> critics;
    Matrix pairs, head, action_gradient;
    std::vector<float *> q;

    Scratch(Arena &arena, const Core &core)
        : policy(arena, core.actor_shape_, ROW_CHUNK * UNIT, false),
          target(arena, core.critic_shape_, ROW_CHUNK * UNIT, false) {
      const int rows = ROW_CHUNK * UNIT;
      pairs = Tape::make(arena, rows, core.critic_shape_.layers[0].inputs);
      head = Tape::make(arena, rows, 2 * core.config_.action_dim);
      action_gradient = Tape::make(arena, rows, core.config_.action_dim);
      for (int c = 0; c < core.config_.num_critics; ++c) {
        critics.emplace_back(arena, core.critic_shape_, rows, true);
        critics.back().inputs[0] = pairs;
        q.push_back(arena.take(rows));
      }
    }
  };

  // Rows are padded to a multiple of UNIT in each batch; padding has no transition (-1).
  int transition(int row) const {
    const int in_batch = row % batch_rows_;
    return in_batch < config_.batch_size ? row / batch_rows_ * config_.batch_size + in_batch : -1;
  }

  void work(const Inputs &inputs, Scratch &scratch, int member) {
    const Tiles tiles(config_.bf16);
    int phase = 0;
    const auto for_rows = [&](int rows, auto &&chunk) {
      team_.for_each(member, phase++, rows / UNIT, ROW_CHUNK,
                     [&](int begin, int end) { chunk(begin * UNIT, end * UNIT); });
    };
    const auto for_pieces = [&](const std::vector<Piece> &pieces, int rows,
                                const Descent &descent) {
      team_.for_each(member, phase++, int(pieces.size()), PIECES,
                     [&](int begin, int end) { descend(pieces, begin, end, rows, descent); });
    };
    // The policy stays the same until all critic updates are done: all next actions at once.
    for_rows(rows_, [&](int first, int last) { prepare(inputs, scratch, first, last); });
    for (int i = 0; i < config_.utd_ratio; ++i) {
      for_rows(batch_rows_,
               [&](int first, int last) { evaluate_critics(inputs, scratch, i, first, last); });
      for_pieces(critic_pieces_, batch_rows_,
                 descent_at(scalars.critic_updates + i + 1, config_.critic_lr,
                            config_.warmup_steps, config_.tau, config_.weight_decay));
    }
    for_rows(rows_, [&](int first, int last) { evaluate_actor(inputs, scratch, first, last); });
    for_pieces(actor_pieces_, rows_,
               descent_at(scalars.actor_updates + 1, config_.actor_lr, config_.warmup_steps, 0,
                          config_.weight_decay));
  }

  // What a pass through a critic drops; passes are numbered as in ../dropout.py.
  Dropout dropout(const Inputs &inputs, int pass, int critic, int start) const {
    Dropout drops;
    drops.threshold = uint32_t(std::llround(config_.dropout * 4294967296.0));
    drops.scale = float(1 / (1 - config_.dropout));
    drops.batch_size = config_.batch_size;
    drops.batch_rows = batch_rows_;
    drops.key = inputs.dropout_key +
                uint32_t((pass * config_.num_critics + critic) * critic_shape_.hidden());
    drops.start = start;
    return drops;
  }

  static void copy(const float *values, int count, const Matrix &to, int row, int column) {
    for (int i = 0; i < count; ++i) *to.at(row, column + i) = values[i];
  }

  // Draw the tanh-squashed Gaussian action of one row of the actor's head into the row of a pair;
  // return its log-probability.
  float sample(const Matrix &head, int r, const float *noise, const Matrix &pairs,
               int pair) const {
    const int dim = config_.action_dim;
    float log_prob = 0;
    for (int i = 0; i < dim; i += LANES) {
      const int lanes = std::min(LANES, dim - i);
      Vec mean{}, log_std{}, eps{};
      for (int j = 0; j < lanes; ++j) {
        mean[j] = *head.at(r, i + j);
        log_std[j] = *head.at(r, dim + i + j);
        eps[j] = noise[i + j];
      }
      log_std = min(max(log_std, splat(LOG_STD_MIN)), splat(LOG_STD_MAX));
      const Vec unsquashed = mean + exp(log_std) * eps;
      const Vec squashed = tanh(unsquashed);
      const Vec log_normal = eps * eps * -0.5f - log_std - HALF_LOG_TWO_PI;
      const Vec log_jacobian = (LOG_TWO - unsquashed - softplus(unsquashed * -2.0f)) * 2.0f;
      const Vec terms = log_normal - log_jacobian;
      for (int j = 0; j < lanes; ++j) {
        log_prob += terms[j];
        *pairs.at(pair, i + j) = squashed[j];
      }
    }
    return log_prob;
  }

  // The actor's head for rows first..last-1 of a tape, into rows from 0 on.
  void run_head(const Tape &tape, int first, int last, const Matrix &head) const {
    const Layer &layer = actor_shape_.head();
    Epilogue epilogue;
    epilogue.bias = actor_.weights + layer.bias;
    const Matrix &x = tape.inputs[actor_shape_.hidden()];
    multiply({x.at(first, 0), x.panel}, {actor_.weights + layer.weights, layer.panel()}, head, 0,
             last - first, layer.inputs, layer.outputs, epilogue);
  }

  // Copy the observations into padded rows and draw the next actions.
  void prepare(const Inputs &inputs, Scratch &scratch, int first, int last) {
    const int observation_dim = config_.observation_dim, action_dim = config_.action_dim;
    for (int r = first; r < last; ++r) {
      const int t = transition(r);
      if (t < 0) continue;
      const float *next = inputs.next_observations + size_t(t) * observation_dim;
      copy(inputs.observations + size_t(t) * observation_dim, observation_dim,
           actor_tape_.inputs[0], r, 0);
      copy(next, observation_dim, scratch.policy.inputs[0], r - first, 0);
      copy(next, observation_dim, next_pairs_, r, action_dim);
    }
    forward(actor_shape_, actor_.online(), scratch.policy, 0, last - first);
    run_head(scratch.policy, 0, last - first, scratch.head);
    for (int r = first; r < last; ++r) {
      const int t = transition(r);
      if (t < 0) continue;
      next_log_probs_[r] =
          sample(scratch.head, r - first, inputs.next_action_noise + size_t(t) * action_dim,
                 next_pairs_, r);
    }
  }

  // Targets, values and gradients of critic update i for rows first..last-1 of its batch.
  void evaluate_critics(const Inputs &inputs, Scratch &scratch, int i, int first, int last) {
    const int start = i * batch_rows_;
    float *targets = targets_ + start;
    for (int j = 0; j < config_.target_subset; ++j) {
      const int k = int(inputs.target_subset[i * config_.target_subset + j]);
      const Network &critic = critics_[k];
      scratch.target.inputs[0] = {next_pairs_.at(start + first, 0), next_pairs_.panel};
      forward(critic_shape_, critic.target(), scratch.target, 0, last - first,
              dropout(inputs, 2 * i, k, first));
      for (int r = first; r < last; ++r) {
        const float value = head_value(critic_shape_, critic.targets, scratch.target, r - first);
        targets[r] = j == 0 ? value : std::min(targets[r], value);
      }
    }
    for (int r = first; r < last; ++r) {
      const int t = transition(start + r);
      if (t < 0) continue;
      copy(inputs.actions + size_t(t) * config_.action_dim, config_.action_dim, pairs_, r, 0);
      copy(inputs.observations + size_t(t) * config_.observation_dim, config_.observation_dim,
           pairs_, r, config_.action_dim);
      float value = targets[r];
      if (config_.backup_entropy) value -= alpha_ * next_log_probs_[start + r];
      targets[r] =
          inputs.rewards[t] + float(config_.discount) * inputs.bootstrap[t] * value;
    }
    for (int c = 0; c < config_.num_critics; ++c) {
      const Network &critic = critics_[c];
      const Tape &tape = tapes_[c];
      const Dropout drops = dropout(inputs, 2 * i + 1, c, 0);
      forward(critic_shape_, critic.online(), tape, first, last, drops);
      for (int r = first; r < last; ++r) {
        const float value = head_value(critic_shape_, critic.weights, tape, r);
        q_[c][start + r] = value;
        const float error = r < config_.batch_size ? (value - targets[r]) / config_.batch_size : 0;
        *errors_[c].at(r, 0) = error;
        start_backward(critic, tape, r, error);
      }
      backward(critic, tape, first, last, drops);
    }
  }

  void start_backward(const Network &critic, const Tape &tape, int r, float delta) const {
    const Layer &head = critic_shape_.head();
    const Matrix &d = tape.deltas[critic_shape_.hidden() - 1];
    const float *w = critic.weights + head.weights;
    for (int i = 0; i < head.inputs; i += LANES) vec(d.at(r, i)) = vec(w + i) * delta;
  }

  // The actor's loss and its gradients for rows first..last-1 of all transitions.
  void evaluate_actor(const Inputs &inputs, Scratch &scratch, int first, int last) {
    const int observation_dim = config_.observation_dim, action_dim = config_.action_dim;
    const int rows = last - first, num_critics = config_.num_critics;
    forward(actor_shape_, actor_.online(), actor_tape_, first, last);
    run_head(actor_tape_, first, last, scratch.head);
    for (int r = 0; r < rows; ++r) {
      const int t = std::max(0, transition(first + r));
      copy(inputs.observations + size_t(t) * observation_dim, observation_dim, scratch.pairs, r,
           action_dim);
      log_probs_[first + r] =
          sample(scratch.head, r, inputs.actor_noise + size_t(t) * action_dim, scratch.pairs, r);
    }
    for (int c = 0; c < num_critics; ++c) {
      forward(critic_shape_, critics_[c].online(), scratch.critics[c], 0, rows,
              dropout(inputs, 2 * config_.utd_ratio, c, first));
      for (int r = 0; r < rows; ++r)
        scratch.q[c][r] = head_value(critic_shape_, critics_[c].weights, scratch.critics[c], r);
    }
    const float scale = 1.0f / (config_.batch_size * config_.utd_ratio);
    for (int c = 0; c < num_critics; ++c) {
      for (int r = 0; r < rows; ++r) {
        float share = 1.0f / num_critics;
        if (config_.actor_q_is_min) share = share_of_lowest(scratch, r, c);
        start_backward(critics_[c], scratch.critics[c], r, -scale * share);
      }
      backward(critics_[c], scratch.critics[c], 0, rows,
               dropout(inputs, 2 * config_.utd_ratio, c, first));
      Epilogue epilogue;
      epilogue.accumulate = c > 0;
      const Layer &layer = critic_shape_.layers[0];
      multiply(scratch.critics[c].deltas[0], critics_[c].transposed_of(layer),
               scratch.action_gradient, 0, rows, layer.outputs, action_dim, epilogue);
    }
    for (int r = 0; r < rows; ++r) {
      float value = 0;
      for (int c = 0; c < num_critics; ++c) value += scratch.q[c][r] / num_critics;
      policy_q_[first + r] = config_.actor_q_is_min ? scratch.q[lowest(scratch, r)][r] : value;
      policy_gradient(scratch, inputs, r, first + r);
    }
    // Through the head to the last hidden layer, then as any network.
    const Layer &head = actor_shape_.head();
    multiply(head_deltas_, actor_.transposed_of(head),
             actor_tape_.deltas[actor_shape_.hidden() - 1], first, last, head.outputs,
             head.inputs);
    backward(actor_, actor_tape_, first, last);
  }

  int lowest(const Scratch &scratch, int r) const {
    int best = 0;
    for (int c = 1; c < config_.num_critics; ++c)
      if (scratch.q[c][r] < scratch.q[best][r]) best = c;
    return best;
  }

  // What critic c has of the gradient of the lowest value: equal ones share it, as torch's amin.
  float share_of_lowest(const Scratch &scratch, int r, int c) const {
    const float value = scratch.q[lowest(scratch, r)][r];
    if (scratch.q[c][r] != value) return 0;
    int equal = 0;
    for (int other = 0; other < config_.num_critics; ++other)
      equal += scratch.q[other][r] == value;
    return 1.0f / equal;
  }

  // d loss / d (mean, log_std) of a row. With u = mean + std * eps and a = tanh(u):
  // d log_prob / du = 2 a (the Gaussian's own term depends on eps alone), da/du = 1 - a^2.
  void policy_gradient(const Scratch &scratch, const Inputs &inputs, int r, int row) {
    const int dim = config_.action_dim, t = transition(row);
    if (t < 0) return;  // stays zero
    const float entropy_scale = alpha_ / (config_.batch_size * config_.utd_ratio);
    const float *noise = inputs.actor_noise + size_t(t) * dim;
    for (int i = 0; i < dim; ++i) {
      const float a = *scratch.pairs.at(r, i), log_std = *scratch.head.at(r, dim + i);
      const float du = *scratch.action_gradient.at(r, i) * (1 - a * a) + entropy_scale * 2 * a;
      const bool free = log_std >= LOG_STD_MIN && log_std <= LOG_STD_MAX;
      *head_deltas_.at(row, i) = du;
      *head_deltas_.at(row, dim + i) =
          free ? du * std::exp(log_std) * noise[i] - entropy_scale : 0;
    }
  }

  void update_temperature_and_measure(Metrics &metrics) {
    const double n = double(config_.batch_size) * config_.utd_ratio;
    double log_prob = 0, policy_q = 0, q = 0, square = 0;
    for (int r = 0; r < rows_; ++r) {
      if (transition(r) < 0) continue;
      log_prob += log_probs_[r];
      policy_q += policy_q_[r];
      for (int c = 0; c < config_.num_critics; ++c) {
        const double error = double(q_[c][r]) - targets_[r];
        q += q_[c][r];
        square += error * error;
      }
    }
    const double pairs = n * config_.num_critics;
    metrics.critic_loss = 0.5 * square / n;
    metrics.q_mean = q / pairs;
    metrics.actor_loss = alpha_ * log_prob / n - policy_q / n;
    metrics.entropy = -log_prob / n;
    const double gradient = alpha_ * (metrics.entropy - config_.target_entropy);
    metrics.temperature_loss = gradient;  // d exp(log_alpha) / d log_alpha is alpha again
    scalars.temperature_updates += 1;
    const Descent descent =
        descent_at(scalars.temperature_updates, config_.temperature_lr, 0, 0, 0);
    const float g = float(gradient);
    scalars.log_alpha_mean += (g - scalars.log_alpha_mean) * 0.1f;
    scalars.log_alpha_square = scalars.log_alpha_square * 0.999f + g * g * 0.001f;
    scalars.log_alpha -=
        descent.step * scalars.log_alpha_mean /
        (std::sqrt(scalars.log_alpha_square) * descent.inverse_square_scale + 1e-8f);
    scalars.log_alpha = std::min(scalars.log_alpha, LARGEST_LOG_ALPHA);  // not a number stays so
    metrics.temperature = std::exp(scalars.log_alpha);
  }

  const Config config_;
  const int batch_rows_, rows_;
  const std::vector<int> hidden_;
  Arena arena_;
  const Shape actor_shape_, critic_shape_;
  Network actor_;
  Tape actor_tape_;
  std::vector<Network> critics_;
  std::vector<Tape> tapes_;
  std::vector<Piece> actor_pieces_, critic_pieces_;
  std::vector<Scratch> scratch_;
  std::vector<Matrix> errors_;  // of each critic: gradient at its value
  std::vector<float *> q_;
  Matrix head_deltas_, pairs_, next_pairs_;  // a pair is an action and its observation
  float *next_log_probs_, *targets_, *log_probs_, *policy_q_;  // one for each row
  float alpha_ = 0;
  Team team_;
};

}  // namespace sac

extern "C" {

int sac_interface_size() {
  return sizeof(sac::Config) + sizeof(sac::Inputs) + sizeof(sac::Scalars) + sizeof(sac::Metrics);
}

int sac_offers_bf16() { return sac::offers_bf16(); }

sac::Core *sac_create(const sac::Config *config) {
  try {
    return new sac::Core(*config);
  } catch (const std::exception &) {
    return nullptr;
  }
}

void sac_destroy(sac::Core *core) { delete core; }

sac::Scalars *sac_scalars(sac::Core *core) { return &core->scalars; }

void sac_step(sac::Core *core, const sac::Inputs *inputs, sac::Metrics *metrics) {
  core->step(*inputs, *metrics);
}

void sac_exchange(sac::Core *core, int critic, int set, int layer, int part, int first,
                  int columns, float *dense, int in) {
  core->exchange(critic, set, layer, part, first, columns, dense, in != 0);
}
}
