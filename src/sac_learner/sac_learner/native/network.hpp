// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// A multilayer perceptron on blocks of rows: forward, backward, and the update of its weights.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernels.hpp"

namespace sac {

// Zeroed memory, handed out piece by piece and freed as one.
class Arena {
 public:
  float *take(size_t floats) {
    floats = (floats + LINE - 1) / LINE * LINE;
    if (floats > free_) grow(floats);
    float *piece = next_;
    next_ += floats;
    free_ -= floats;
    return piece;
  }

 private:
  struct Free {
    void operator()(float *p) const { std::free(p); }
  };

  void grow(size_t floats) {
    constexpr size_t huge_page = size_t(2) << 20;
    const size_t bytes = (std::max(floats * 4, 4 * huge_page) + huge_page - 1) / huge_page * huge_page;
    void *block = std::aligned_alloc(huge_page, bytes);
    if (!block) throw std::bad_alloc();
    blocks_.emplace_back(static_cast<float *>(block));
#if defined(__linux__)
    madvise(block, bytes, MADV_HUGEPAGE);  // a wish: fewer misses of the TLB where it is granted
#endif
    std::memset(block, 0, bytes);
    next_ = blocks_.back().get();
    free_ = bytes / 4;
  }

  std::vector<std::unique_ptr<float, Free>> blocks_;
  float *next_ = nullptr;
  size_t free_ = 0;
};

// One dense layer. `weights` is (inputs x outputs), its rows padded to a multiple of UNIT; padding
// is zero and stays zero. Positions are offsets into each of the network's vectors.
struct Layer {
  int inputs, outputs, row;      // row: distance between rows of `weights`
  size_t weights, bias, gain, offset;  // gain and offset are LayerNorm's
  int transposed_row;            // of the transposed copy, for the backward pass
  size_t transposed;
};

enum class Activation : int { relu = 0, tanh = 1 };

// The layers a network consists of; the last one, the head, has no activation. A head with one
// output keeps its weights as one row.
struct Shape {
  std::vector<Layer> layers;
  Activation activation;
  bool norm;
  size_t size = 0, transposed_size = 0;

  Shape(int inputs, const std::vector<int> &hidden, int outputs, Activation activation, bool norm)
      : activation(activation), norm(norm) {
    std::vector<int> widths = hidden;
    widths.push_back(outputs);
    for (int width : widths) {
      Layer layer{};
      const bool vector = width == 1 && layers.size() == hidden.size();
      layer.inputs = inputs;
      layer.outputs = width;
      layer.row = stride(vector ? inputs : width);
      const auto reserve = [this](size_t n) { size += n; return size - n; };
      layer.weights = reserve(size_t(vector ? 1 : padded(inputs)) * layer.row);
      layer.bias = reserve(stride(width));
      layer.gain = reserve(stride(width));
      layer.offset = reserve(stride(width));
      layer.transposed_row = stride(inputs);
      layer.transposed = transposed_size;
      if (!vector) transposed_size += size_t(padded(width)) * layer.transposed_row;
      layers.push_back(layer);
      inputs = width;
    }
  }

  int hidden() const { return int(layers.size()) - 1; }
  const Layer &head() const { return layers.back(); }
  bool vector_head() const { return head().outputs == 1; }
};

struct Network {
  const Shape *shape = nullptr;
  float *weights, *means, *squares, *targets = nullptr;  // Adam's moments; the target network
  float *transposed;

  Network(Arena &arena, const Shape &shape, bool with_target) : shape(&shape),
      weights(arena.take(shape.size)), means(arena.take(shape.size)),
      squares(arena.take(shape.size)), transposed(arena.take(shape.transposed_size)) {
    if (with_target) targets = arena.take(shape.size);
  }

  // Renew the transposed copy of rows first..last-1 of a layer's weights.
  void transpose(const Layer &layer, int first, int last) {
    const float *from = weights + layer.weights;
    float *to = transposed + layer.transposed;
    for (int n = 0; n < layer.outputs; ++n)
      for (int k = first; k < last; ++k)
        to[size_t(n) * layer.transposed_row + k] = from[size_t(k) * layer.row + n];
  }

  void transpose() {
    for (const Layer &layer : shape->layers)
      if (!(shape->vector_head() && &layer == &shape->head())) transpose(layer, 0, layer.inputs);
  }
};

// What a forward pass leaves for the backward pass, for a number of rows. inputs[l] is what layer
// l takes, so inputs[hidden()] is what the head takes; deltas[l] is the gradient at l's product.
struct Tape {
  std::vector<float *> inputs, normalized, inverse_spread, deltas, norm_gradients;
  std::vector<int> row;  // distance between rows of inputs[l]

  // inputs[0] is the caller's. With `backward` false nothing but the values is kept.
  Tape(Arena &arena, const Shape &shape, int rows, bool backward) {
    inputs.push_back(nullptr);
    row.push_back(stride(shape.layers[0].inputs));
    for (int l = 0; l < shape.hidden(); ++l) {
      const int width = stride(shape.layers[l].outputs);
      const size_t floats = size_t(rows) * width;
      inputs.push_back(arena.take(floats));
      row.push_back(width);
      const bool norm = backward && shape.norm;
      deltas.push_back(backward ? arena.take(floats) : nullptr);
      normalized.push_back(norm ? arena.take(floats) : nullptr);
      inverse_spread.push_back(norm ? arena.take(rows) : nullptr);
      norm_gradients.push_back(norm ? arena.take(size_t(rows) / UNIT * 2 * width) : nullptr);
    }
  }

  float *input(int l, int r) const { return inputs[l] + size_t(r) * row[l]; }
  float *delta(int l, int r) const { return deltas[l] + size_t(r) * row[l + 1]; }
};

constexpr float NORM_EPS = 1e-5f;

inline void normalize_and_activate(const Shape &shape, const Layer &layer, const float *weights,
                                   const Tape &tape, int l, int r) {
  const int width = padded(layer.outputs);
  const float *gain = weights + layer.gain, *offset = weights + layer.offset;
  float *x = tape.input(l + 1, r);
  if (shape.norm) {
    Vec total{};
    for (int i = 0; i < width; i += LANES) total += vec(x + i);  // the padding is zero
    const float mean = sum(total) / layer.outputs;
    for (int i = 0; i < width; i += LANES) vec(x + i) -= mean;
    for (int i = layer.outputs; i < width; ++i) x[i] = 0;
    Vec square{};
    for (int i = 0; i < width; i += LANES) square += vec(x + i) * vec(x + i);
    const float inverse_spread = 1 / std::sqrt(sum(square) / layer.outputs + NORM_EPS);
    float *kept = tape.normalized[l] ? tape.normalized[l] + size_t(r) * tape.row[l + 1] : nullptr;
    if (kept) tape.inverse_spread[l][r] = inverse_spread;
    for (int i = 0; i < width; i += LANES) {
      const Vec normalized = vec(x + i) * inverse_spread;
      if (kept) vec(kept + i) = normalized;
      const Vec z = normalized * vec(gain + i) + vec(offset + i);
      vec(x + i) = shape.activation == Activation::tanh ? tanh(z) : max(z, Vec{});
    }
  } else if (shape.activation == Activation::tanh) {
    for (int i = 0; i < width; i += LANES) vec(x + i) = tanh(vec(x + i));
  }
}

// Fill inputs[1..] for rows first..last-1 (multiples of UNIT).
inline void forward(const Shape &shape, const float *weights, const Tape &tape, int first, int last) {
  for (int l = 0; l < shape.hidden(); ++l) {
    const Layer &layer = shape.layers[l];
    Epilogue epilogue;
    epilogue.bias = weights + layer.bias;
    epilogue.relu = !shape.norm && shape.activation == Activation::relu;
    multiply(tape.input(l, first), tape.row[l], 1, weights + layer.weights, layer.row,
             tape.input(l + 1, first), tape.row[l + 1], last - first, padded(layer.outputs),
             layer.inputs, epilogue);
    if (!epilogue.relu)
      for (int r = first; r < last; ++r) normalize_and_activate(shape, layer, weights, tape, l, r);
  }
}

// The head with one output.
inline float head_value(const Shape &shape, const float *weights, const Tape &tape, int r) {
  const Layer &head = shape.head();
  const float *x = tape.input(shape.hidden(), r), *w = weights + head.weights;
  Vec total{};
  for (int i = 0; i < padded(head.inputs); i += LANES) total += vec(x + i) * vec(w + i);
  return sum(total) + weights[head.bias];
}

// Gradient at the activation's output -> gradient at the product, in place; LayerNorm's own
// gradients are added up for each UNIT of rows, so that their sum does not depend on who does what.
inline void backward_activation(const Shape &shape, const Layer &layer, const float *weights,
                                const Tape &tape, int l, int r) {
  const int width = padded(layer.outputs);
  const float *y = tape.input(l + 1, r);
  float *d = tape.delta(l, r);
  const bool is_tanh = shape.activation == Activation::tanh;
  if (!shape.norm) {
    for (int i = 0; i < width; i += LANES)
      vec(d + i) = is_tanh ? vec(d + i) * (1.0f - vec(y + i) * vec(y + i))
                           : select(vec(y + i) > 0, vec(d + i), Vec{});
    return;
  }
  const float *normalized = tape.normalized[l] + size_t(r) * tape.row[l + 1];
  const float *gain = weights + layer.gain;
  float *gain_gradient = tape.norm_gradients[l] + size_t(r / UNIT) * 2 * tape.row[l + 1];
  float *offset_gradient = gain_gradient + tape.row[l + 1];
  if (r % UNIT == 0) std::memset(gain_gradient, 0, sizeof(float) * 2 * tape.row[l + 1]);
  Vec total{}, product{};
  for (int i = 0; i < width; i += LANES) {
    const Vec dz = is_tanh ? vec(d + i) * (1.0f - vec(y + i) * vec(y + i))
                           : select(vec(y + i) > 0, vec(d + i), Vec{});
    vec(gain_gradient + i) += dz * vec(normalized + i);
    vec(offset_gradient + i) += dz;
    const Vec dn = dz * vec(gain + i);
    vec(d + i) = dn;
    total += dn;
    product += dn * vec(normalized + i);
  }
  const float mean = sum(total) / layer.outputs, slope = sum(product) / layer.outputs;
  const float inverse_spread = tape.inverse_spread[l][r];
  for (int i = 0; i < width; i += LANES)
    vec(d + i) = (vec(d + i) - mean - vec(normalized + i) * slope) * inverse_spread;
  for (int i = layer.outputs; i < width; ++i) d[i] = 0;
}

// From the gradient at the head's input, in deltas[hidden()-1], to those at all products.
inline void backward(const Network &net, const Tape &tape, int first, int last) {
  const Shape &shape = *net.shape;
  for (int l = shape.hidden() - 1; l >= 0; --l) {
    const Layer &layer = shape.layers[l];
    for (int r = first; r < last; ++r) backward_activation(shape, layer, net.weights, tape, l, r);
    if (l > 0)
      multiply(tape.delta(l, first), tape.row[l + 1], 1, net.transposed + layer.transposed,
               layer.transposed_row, tape.delta(l - 1, first), tape.row[l], last - first,
               padded(layer.inputs), layer.outputs);
  }
}

// Adam (arXiv:1412.6980) with the bias corrections of this update; then the target network follows.
struct Descent {
  float step;                  // step size / (1 - beta1^t)
  float inverse_square_scale;  // 1 / sqrt(1 - beta2^t)
  float tau;

  void apply(Network &net, size_t at, const float *gradient, int count) const {
    constexpr float beta2 = 0.999f, eps = 1e-8f;
    constexpr float one_minus_beta1 = 0.1f, one_minus_beta2 = 0.001f;  // rounded once, not twice
    float *w = net.weights + at, *m = net.means + at, *s = net.squares + at;
    for (int i = 0; i < count; ++i) {
      const float g = gradient[i];
      m[i] += (g - m[i]) * one_minus_beta1;
      s[i] = s[i] * beta2 + g * g * one_minus_beta2;
      w[i] -= step * m[i] / (std::sqrt(s[i]) * inverse_square_scale + eps);
    }
    if (net.targets) {
      float *t = net.targets + at;
      for (int i = 0; i < count; ++i) t[i] += (w[i] - t[i]) * tau;
    }
  }
};

// A piece of a network's gradient that one thread computes and applies at once, so that gradients
// never travel through memory: UNIT rows of one layer's weights, or all its vectors (row < 0).
struct Piece {
  Network *net;
  const Tape *tape;
  const float *head_delta;  // gradient at the head's outputs
  int head_delta_row;
  int layer, row;
};

constexpr int PIECES = 8;       // neighbours of one layer that share a pass over the rows
constexpr int ROW_BLOCK = 256;  // rows of a pass: what of them is in use fits the L1 cache

inline size_t gradient_size(const Shape &shape) {
  size_t widest = 0;
  for (const Layer &layer : shape.layers)
    widest = std::max<size_t>(widest, std::max(layer.row, stride(layer.inputs)));
  return widest * UNIT * PIECES;
}

inline void append_pieces(std::vector<Piece> &pieces, Network &net, const Tape &tape,
                          const float *head_delta, int head_delta_row) {
  for (int l = 0; l <= net.shape->hidden(); ++l) {
    Piece piece{&net, &tape, head_delta, head_delta_row, l, -1};
    pieces.push_back(piece);
    if (l == net.shape->hidden() && net.shape->vector_head()) continue;
    for (piece.row = 0; piece.row < net.shape->layers[l].inputs; piece.row += UNIT)
      pieces.push_back(piece);
  }
}

inline void add_rows(const float *x, int row, const float *factors, int rows, int width, float *total) {
  std::memset(total, 0, sizeof(float) * width);
  for (int r = 0; r < rows; ++r, x += row)
    for (int i = 0; i < width; i += LANES) vec(total + i) += factors ? vec(x + i) * factors[r] : vec(x + i);
}

// Descend along the vectors of a layer: bias, LayerNorm's gain and offset, a head with one output.
inline void descend_vectors(const Piece &piece, int first, int rows, const Descent &descent, float *gradient) {
  Network &net = *piece.net;
  const Shape &shape = *net.shape;
  const Tape &tape = *piece.tape;
  const Layer &layer = shape.layers[piece.layer];
  const bool is_head = piece.layer == shape.hidden();
  if (is_head && shape.vector_head()) {
    const float *delta = piece.head_delta;
    add_rows(tape.input(piece.layer, first), tape.row[piece.layer], delta, rows, padded(layer.inputs), gradient);
    descent.apply(net, layer.weights, gradient, padded(layer.inputs));
    float total = 0;
    for (int r = 0; r < rows; ++r) total += delta[r];
    descent.apply(net, layer.bias, &total, 1);
    return;
  }
  const int width = padded(layer.outputs);
  if (is_head) {
    add_rows(piece.head_delta, piece.head_delta_row, nullptr, rows, width, gradient);
    descent.apply(net, layer.bias, gradient, layer.outputs);
    return;
  }
  add_rows(tape.delta(piece.layer, first), tape.row[piece.layer + 1], nullptr, rows, width, gradient);
  descent.apply(net, layer.bias, gradient, width);
  if (!shape.norm) return;
  const int row = tape.row[piece.layer + 1];
  const float *sums = tape.norm_gradients[piece.layer] + size_t(first / UNIT) * 2 * row;
  add_rows(sums, 2 * row, nullptr, rows / UNIT, width, gradient);
  descent.apply(net, layer.gain, gradient, width);
  add_rows(sums + row, 2 * row, nullptr, rows / UNIT, width, gradient);
  descent.apply(net, layer.offset, gradient, width);
}

// Descend along pieces begin..end-1 for `rows` rows of the tape.
inline void descend(const std::vector<Piece> &pieces, int begin, int end, int rows, const Descent &descent,
                    float *gradient) {
  while (begin < end) {
    const Piece &piece = pieces[begin];
    if (piece.row < 0) {
      descend_vectors(piece, 0, rows, descent, gradient);
      ++begin;
      continue;
    }
    int count = 1;
    while (begin + count < end && pieces[begin + count].row == piece.row + count * UNIT) ++count;
    Network &net = *piece.net;
    const Shape &shape = *net.shape;
    const Tape &tape = *piece.tape;
    const Layer &layer = shape.layers[piece.layer];
    const bool is_head = piece.layer == shape.hidden();
    for (int r = 0; r < rows; r += ROW_BLOCK) {
      const int block = std::min(ROW_BLOCK, rows - r);
      const int delta_row = is_head ? piece.head_delta_row : tape.row[piece.layer + 1];
      const float *delta = is_head ? piece.head_delta + size_t(r) * delta_row : tape.delta(piece.layer, r);
      Epilogue epilogue;
      epilogue.accumulate = r > 0;
      multiply(tape.input(piece.layer, r) + piece.row, 1, tape.row[piece.layer], delta, delta_row,
               gradient, layer.row, count * UNIT, padded(layer.outputs), block, epilogue);
    }
    for (int k = 0; k < count * UNIT; ++k)
      descent.apply(net, layer.weights + size_t(piece.row + k) * layer.row, gradient + size_t(k) * layer.row,
                    padded(layer.outputs));
    net.transpose(layer, piece.row, std::min(piece.row + count * UNIT, layer.inputs));
    begin += count;
  }
}

}  // namespace sac
