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
    floats = (floats + 15) / 16 * 16;  // pieces begin with a cache line
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

// One dense layer. Positions are offsets into each of the network's vectors. The weights are a
// matrix (inputs x outputs) in panels; padding is zero and stays zero. Transposed, they are there a
// second time for the backward pass.
struct Layer {
  int inputs, outputs;
  size_t weights, bias, gain, offset;  // gain and offset are LayerNorm's
  size_t transposed;

  ptrdiff_t panel() const { return ptrdiff_t(round_up(inputs, UNIT)) * PANEL; }
  ptrdiff_t transposed_panel() const { return ptrdiff_t(outputs) * PANEL; }
};

enum class Activation : int { relu = 0, tanh = 1 };

// The layers a network consists of; the last one, the head, has no activation. The weights of a
// head with one output are a vector.
struct Shape {
  std::vector<Layer> layers;
  Activation activation;
  bool norm;
  size_t size = 0, transposed_size = 0;

  Shape(int inputs, const std::vector<int> &hidden, int outputs, Activation activation, bool norm)
      : activation(activation), norm(norm) {
    std::vector<int> widths = hidden;
    widths.push_back(outputs);
    const auto reserve = [this](size_t n) { return (size += n) - n; };
    for (int width : widths) {
      Layer layer{};
      layer.inputs = inputs;
      layer.outputs = width;
      const bool is_vector = width == 1 && layers.size() == hidden.size();
      const int columns = round_up(width, PANEL);
      layer.weights = reserve(round_up(inputs, PANEL) * size_t(is_vector ? 1 : columns));
      layer.bias = reserve(columns);
      layer.gain = reserve(columns);
      layer.offset = reserve(columns);
      layer.transposed = transposed_size;
      transposed_size += size_t(round_up(inputs, PANEL)) * width;
      layers.push_back(layer);
      inputs = width;
    }
  }

  int hidden() const { return int(layers.size()) - 1; }
  const Layer &head() const { return layers.back(); }
  bool vector_head() const { return head().outputs == 1; }
  int panels(int l) const { return round_up(layers[l].outputs, PANEL) / PANEL; }
};

struct Network {
  const Shape *shape;
  float *weights, *means, *squares, *targets = nullptr;  // Adam's moments; the target network
  float *transposed;

  Network(Arena &arena, const Shape &shape, bool with_target) : shape(&shape),
      weights(arena.take(shape.size)), means(arena.take(shape.size)),
      squares(arena.take(shape.size)), transposed(arena.take(shape.transposed_size)) {
    if (with_target) targets = arena.take(shape.size);
  }

  Matrix transposed_of(const Layer &layer) const {
    return {transposed + layer.transposed, layer.transposed_panel()};
  }

  // Renew the transposed copy of UNIT rows of one panel of a layer's weights.
  void transpose(const Layer &layer, int row, int column) {
    const Matrix from{weights + layer.weights, layer.panel()}, to = transposed_of(layer);
    const float *source = from.at(row, column);
    float *sink = to.at(column, row);
    const int columns = std::min(PANEL, layer.outputs - column);
    int n = 0;
    for (; n + UNIT <= columns; n += UNIT) transpose_unit(source + n, sink + n * PANEL);
    for (; n < columns; ++n)
      for (int k = 0; k < UNIT; ++k) sink[n * PANEL + k] = source[k * PANEL + n];
  }

  void transpose(const Layer &layer) {
    for (int row = 0; row < layer.inputs; row += UNIT)
      for (int column = 0; column < layer.outputs; column += PANEL) transpose(layer, row, column);
  }
};

// What a forward pass leaves for the backward pass, for a number of rows. inputs[l] is what layer
// l takes, so inputs[hidden()] is what the head takes; deltas[l] is the gradient at l's product.
struct Tape {
  std::vector<Matrix> inputs, normalized, deltas;
  std::vector<float *> inverse_spread, gain_gradients, offset_gradients;

  // With `backward` false nothing but the values is kept.
  Tape(Arena &arena, const Shape &shape, int rows, bool backward) {
    inputs.push_back(make(arena, rows, shape.layers[0].inputs));
    for (int l = 0; l < shape.hidden(); ++l) {
      const int width = shape.layers[l].outputs;
      inputs.push_back(make(arena, rows, width));
      deltas.push_back(backward ? make(arena, rows, width) : Matrix{});
      const bool norm = backward && shape.norm;
      normalized.push_back(norm ? make(arena, rows, width) : Matrix{});
      inverse_spread.push_back(norm ? arena.take(rows) : nullptr);
      // One row for each UNIT of rows.
      const size_t sums = norm ? size_t(rows / UNIT) * round_up(width, PANEL) : 0;
      gain_gradients.push_back(arena.take(sums));
      offset_gradients.push_back(arena.take(sums));
    }
  }

  // A row more than needed: panels a power of two apart would share few sets of the L1 cache.
  static Matrix make(Arena &arena, int rows, int columns) {
    const ptrdiff_t panel = ptrdiff_t(rows + 1) * PANEL;
    return {arena.take(panel * (round_up(columns, PANEL) / PANEL)), panel};
  }
};

constexpr float NORM_EPS = 1e-5f;

template <Activation activation>
inline Vec activate(Vec z) {
  return activation == Activation::tanh ? tanh(z) : max(z, Vec{});
}

// Gradient at an activation's input; `value` is its output.
template <Activation activation>
inline Vec activation_gradient(Vec value, Vec gradient) {
  return activation == Activation::tanh ? gradient * (1.0f - value * value)
                                        : select(value > 0, gradient, Vec{});
}

// Normalize and activate UNIT rows, from r on, of what layer l gave. (Matrices are copied: as
// locals they stay in registers.)
template <Activation activation>
void finish_layer(const Shape &shape, const float *weights, const Tape &tape, int l, int r) {
  const Layer &layer = shape.layers[l];
  const Matrix x = tape.inputs[l + 1], kept = tape.normalized[l];
  const int outputs = layer.outputs, width = round_up(outputs, LANES);
  if (!shape.norm) {
    for (int i = 0; i < width; i += LANES)
#pragma GCC unroll 8
      for (int j = 0; j < UNIT; ++j) {
        float *y = x.at(r, i) + j * PANEL;
        vec(y) = activate<activation>(vec(y));
      }
    return;
  }
  Vec totals[UNIT]{}, squares[UNIT]{};
  float mean[UNIT], inverse_spread[UNIT];
  for (int i = 0; i < width; i += LANES) {  // the padding is zero
    const float *y = x.at(r, i);
#pragma GCC unroll 8
    for (int j = 0; j < UNIT; ++j) totals[j] += vec(y + j * PANEL);
  }
  for (int j = 0; j < UNIT; ++j) mean[j] = sum(totals[j]) / outputs;
  for (int i = 0; i < width; i += LANES) {
    const float *y = x.at(r, i);
#pragma GCC unroll 8
    for (int j = 0; j < UNIT; ++j) {
      const Vec centered = keep_first(outputs - i, vec(y + j * PANEL) - mean[j]);
      squares[j] += centered * centered;
    }
  }
  for (int j = 0; j < UNIT; ++j) {
    inverse_spread[j] = 1 / std::sqrt(sum(squares[j]) / outputs + NORM_EPS);
    if (kept.data) tape.inverse_spread[l][r + j] = inverse_spread[j];
  }
  for (int i = 0; i < width; i += LANES) {
    const Vec gain = vec(weights + layer.gain + i), offset = vec(weights + layer.offset + i);
    float *y = x.at(r, i), *n = kept.data ? kept.at(r, i) : nullptr;
#pragma GCC unroll 8
    for (int j = 0; j < UNIT; ++j) {
      const Vec normalized = (vec(y + j * PANEL) - mean[j]) * inverse_spread[j];
      if (n) vec(n + j * PANEL) = normalized;
      vec(y + j * PANEL) = activate<activation>(normalized * gain + offset);
    }
  }
}

// Fill inputs[1..] for rows first..last-1 (multiples of UNIT).
inline void forward(const Shape &shape, const float *weights, const Tape &tape, int first, int last) {
  for (int l = 0; l < shape.hidden(); ++l) {
    const Layer &layer = shape.layers[l];
    Epilogue epilogue;
    epilogue.bias = weights + layer.bias;
    epilogue.relu = !shape.norm && shape.activation == Activation::relu;
    multiply(tape.inputs[l], {const_cast<float *>(weights) + layer.weights, layer.panel()},
             tape.inputs[l + 1], first, last, layer.inputs, layer.outputs, epilogue);
    if (epilogue.relu) continue;
    const auto finish = shape.activation == Activation::tanh ? finish_layer<Activation::tanh>
                                                             : finish_layer<Activation::relu>;
    for (int r = first; r < last; r += UNIT) finish(shape, weights, tape, l, r);
  }
}

// The head with one output.
inline float head_value(const Shape &shape, const float *weights, const Tape &tape, int r) {
  const Layer &head = shape.head();
  const Matrix &x = tape.inputs[shape.hidden()];
  const float *w = weights + head.weights;
  Vec total{};
  for (int i = 0; i < head.inputs; i += LANES) total += vec(x.at(r, i)) * vec(w + i);
  return sum(total) + weights[head.bias];
}

// Gradient at the activations' output -> gradient at the product, in place, for UNIT rows from r
// on. LayerNorm's own gradients are summed up for each UNIT, so that no sum depends on who did what.
template <Activation activation>
void backward_activation(const Shape &shape, const float *weights, const Tape &tape, int l, int r) {
  const Layer &layer = shape.layers[l];
  const Matrix y = tape.inputs[l + 1], d = tape.deltas[l], normalized = tape.normalized[l];
  const int outputs = layer.outputs, width = round_up(outputs, PANEL);
  if (!shape.norm) {
    for (int i = 0; i < width; i += LANES) {
      const float *value = y.at(r, i);
      float *delta = d.at(r, i);
#pragma GCC unroll 8
      for (int j = 0; j < UNIT * PANEL; j += PANEL)
        vec(delta + j) = activation_gradient<activation>(vec(value + j), vec(delta + j));
    }
    return;
  }
  Vec totals[UNIT]{}, products[UNIT]{};
  for (int i = 0; i < width; i += LANES) {
    const Vec gain = vec(weights + layer.gain + i);
    const float *value = y.at(r, i), *n = normalized.at(r, i);
    float *delta = d.at(r, i);
    Vec gain_gradient{}, offset_gradient{};
#pragma GCC unroll 8
    for (int j = 0; j < UNIT; ++j) {
      const Vec dz = activation_gradient<activation>(vec(value + j * PANEL), vec(delta + j * PANEL));
      gain_gradient += dz * vec(n + j * PANEL);
      offset_gradient += dz;
      const Vec dn = dz * gain;
      vec(delta + j * PANEL) = dn;
      totals[j] += dn;
      products[j] += dn * vec(n + j * PANEL);
    }
    vec(tape.gain_gradients[l] + r / UNIT * width + i) = gain_gradient;
    vec(tape.offset_gradients[l] + r / UNIT * width + i) = offset_gradient;
  }
  float mean[UNIT], slope[UNIT], inverse_spread[UNIT];
  for (int j = 0; j < UNIT; ++j) {
    mean[j] = sum(totals[j]) / outputs;
    slope[j] = sum(products[j]) / outputs;
    inverse_spread[j] = tape.inverse_spread[l][r + j];
  }
  for (int i = 0; i < width; i += LANES) {
    const float *n = normalized.at(r, i);
    float *delta = d.at(r, i);
#pragma GCC unroll 8
    for (int j = 0; j < UNIT; ++j) {
      const Vec dx = (vec(delta + j * PANEL) - mean[j] - vec(n + j * PANEL) * slope[j]) * inverse_spread[j];
      vec(delta + j * PANEL) = keep_first(outputs - i, dx);
    }
  }
}

// From the gradient at the head's input, in deltas[hidden()-1], to those at all products.
inline void backward(const Network &net, const Tape &tape, int first, int last) {
  const Shape &shape = *net.shape;
  const auto activation = shape.activation == Activation::tanh ? backward_activation<Activation::tanh>
                                                               : backward_activation<Activation::relu>;
  for (int l = shape.hidden() - 1; l >= 0; --l) {
    const Layer &layer = shape.layers[l];
    for (int r = first; r < last; r += UNIT) activation(shape, net.weights, tape, l, r);
    if (l > 0)
      multiply(tape.deltas[l], net.transposed_of(layer), tape.deltas[l - 1], first, last,
               layer.outputs, layer.inputs);
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
  const Matrix *head_delta;  // gradient at the head's outputs
  int layer, row;
};

constexpr int PIECES = 8;       // pieces of one layer that share a pass over the rows
constexpr int ROW_BLOCK = 128;  // rows of a pass: with these, what is in use fits the L1 cache

inline void append_pieces(std::vector<Piece> &pieces, Network &net, const Tape &tape, const Matrix &head_delta) {
  for (int l = 0; l <= net.shape->hidden(); ++l) {
    Piece piece{&net, &tape, &head_delta, l, -1};
    pieces.push_back(piece);
    if (l == net.shape->hidden() && net.shape->vector_head()) continue;
    for (piece.row = 0; piece.row < net.shape->layers[l].inputs; piece.row += UNIT)
      pieces.push_back(piece);
  }
}

// Sum of `rows` rows of a panel, each times its factor if there are factors.
inline void add_rows(const float *panel, ptrdiff_t row, const float *factors, int rows, float *total) {
  Vec sums[4][2]{};  // rows by turns, to be faster than one chain of additions
  const auto add = [&](Vec (&to)[2], int r) {
    const float factor = factors ? factors[r * PANEL] : 1;
    to[0] += vec(panel + r * row) * factor;
    to[1] += vec(panel + r * row + LANES) * factor;
  };
  int r = 0;
  for (; r + 4 <= rows; r += 4)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) add(sums[i], r + i);
  for (; r < rows; ++r) add(sums[0], r);
  for (int v = 0; v < 2; ++v)
    vec(total + v * LANES) = (sums[0][v] + sums[1][v]) + (sums[2][v] + sums[3][v]);
}

// Descend along the vectors of a layer: bias, LayerNorm's gain and offset, a head with one output.
inline void descend_vectors(const Piece &piece, int rows, const Descent &descent) {
  Network &net = *piece.net;
  const Shape &shape = *net.shape;
  const Tape &tape = *piece.tape;
  const Layer &layer = shape.layers[piece.layer];
  const bool is_head = piece.layer == shape.hidden();
  const Matrix &delta = is_head ? *piece.head_delta : tape.deltas[piece.layer];
  const int width = round_up(layer.outputs, PANEL);
  float gradient[PANEL];
  for (int i = 0; i < width; i += PANEL) {
    add_rows(delta.at(0, i), PANEL, nullptr, rows, gradient);
    descent.apply(net, layer.bias + i, gradient, PANEL);
    if (is_head || !shape.norm) continue;
    add_rows(tape.gain_gradients[piece.layer] + i, width, nullptr, rows / UNIT, gradient);
    descent.apply(net, layer.gain + i, gradient, PANEL);
    add_rows(tape.offset_gradients[piece.layer] + i, width, nullptr, rows / UNIT, gradient);
    descent.apply(net, layer.offset + i, gradient, PANEL);
  }
  if (!is_head || !shape.vector_head()) return;
  for (int i = 0; i < layer.inputs; i += PANEL) {
    add_rows(tape.inputs[piece.layer].at(0, i), PANEL, delta.data, rows, gradient);
    descent.apply(net, layer.weights + i, gradient, PANEL);
  }
}

// Descend along pieces begin..end-1 for `rows` rows of the tape.
inline void descend(const std::vector<Piece> &pieces, int begin, int end, int rows, const Descent &descent) {
  while (begin < end) {
    const Piece &piece = pieces[begin];
    if (piece.row < 0) {
      descend_vectors(piece, rows, descent);
      ++begin;
      continue;
    }
    int count = 1;
    while (begin + count < end && pieces[begin + count].row == piece.row + count * UNIT) ++count;
    Network &net = *piece.net;
    const Layer &layer = net.shape->layers[piece.layer];
    const Matrix &input = piece.tape->inputs[piece.layer];
    const Matrix &delta = piece.layer == net.shape->hidden() ? *piece.head_delta : piece.tape->deltas[piece.layer];
    const Matrix weights{nullptr, layer.panel()};
    float gradients[PIECES][UNIT * PANEL];
    for (int column = 0; column < layer.outputs; column += PANEL) {
      for (int r = 0; r < rows; r += ROW_BLOCK)
        for (int i = 0; i < count; ++i)
          multiply_transposed(input.at(r, piece.row + i * UNIT), delta.at(r, column), gradients[i],
                              std::min(ROW_BLOCK, rows - r), r > 0);
      for (int i = 0; i < count; ++i) {
        const int row = piece.row + i * UNIT;
        descent.apply(net, layer.weights + (weights.at(row, column) - weights.data), gradients[i], UNIT * PANEL);
        net.transpose(layer, row, column);
      }
    }
    begin += count;
  }
}

}  // namespace sac
