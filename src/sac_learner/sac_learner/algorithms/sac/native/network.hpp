// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Multilayer perceptrons in memory: weights, and what passes through the layers leave there.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "bf16.hpp"
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
    const size_t bytes =
        (std::max(floats * 4, 4 * huge_page) + huge_page - 1) / huge_page * huge_page;
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
// matrix (inputs x outputs) in panels; padding is zero and stays zero. Transposed, they are there
// a second time for the backward pass. Where a layer rounds its products to bfloat16, weights and
// transposed weights are there packed (see bf16.hpp), in halves of a float.
struct Layer {
  int inputs, outputs;
  size_t weights, bias, gain, offset;  // gain and offset are LayerNorm's
  size_t transposed, packed;
  bool rounds;

  ptrdiff_t panel() const { return ptrdiff_t(round_up(inputs, UNIT)) * PANEL; }
  ptrdiff_t packed_panel() const { return ptrdiff_t(round_up(inputs, BLOCK)) / 2 * PANEL; }
  ptrdiff_t transposed_panel() const {
    return ptrdiff_t(rounds ? round_up(outputs, BLOCK) / 2 : outputs) * PANEL;
  }
};

enum class Activation : int { relu = 0, tanh = 1 };

// The layers a network consists of; the last one, the head, has no activation. The weights of a
// head with one output are a vector. With `bf16` the layers between hidden layers round.
struct Shape {
  std::vector<Layer> layers;
  Activation activation;
  bool norm;
  size_t size = 0, transposed_size = 0, packed_size = 0;

  Shape(int inputs, const std::vector<int> &hidden, int outputs, Activation activation, bool norm,
        bool bf16)
      : activation(activation), norm(norm) {
    std::vector<int> widths = hidden;
    widths.push_back(outputs);
    const auto reserve = [this](size_t n) { return (size += n) - n; };
    for (int width : widths) {
      Layer layer{};
      layer.inputs = inputs;
      layer.outputs = width;
      const bool is_head = layers.size() == hidden.size(), is_vector = width == 1 && is_head;
      layer.rounds = bf16 && !layers.empty() && !is_head;
      const int columns = round_up(width, PANEL);
      layer.weights = reserve(round_up(inputs, PANEL) * size_t(is_vector ? 1 : columns));
      layer.bias = reserve(columns);
      layer.gain = reserve(columns);
      layer.offset = reserve(columns);
      layer.transposed = transposed_size;
      transposed_size += size_t(round_up(inputs, PANEL)) / PANEL * layer.transposed_panel();
      layer.packed = packed_size;
      if (layer.rounds) packed_size += size_t(columns) / PANEL * layer.packed_panel();
      layers.push_back(layer);
      inputs = width;
    }
  }

  int hidden() const { return int(layers.size()) - 1; }
  const Layer &head() const { return layers.back(); }
  bool vector_head() const { return head().outputs == 1; }
  int panels(int l) const { return round_up(layers[l].outputs, PANEL) / PANEL; }
};

// What a forward pass reads of a network, or of its target.
struct Weights {
  const float *values, *packed;
};

struct Network {
  const Shape *shape;
  float *weights, *means, *squares, *targets = nullptr;  // Adam's moments; the target network
  float *transposed, *packed, *packed_targets = nullptr;

  Network(Arena &arena, const Shape &shape, bool with_target)
      : shape(&shape),
        weights(arena.take(shape.size)),
        means(arena.take(shape.size)),
        squares(arena.take(shape.size)),
        transposed(arena.take(shape.transposed_size)),
        packed(arena.take(shape.packed_size)) {
    if (!with_target) return;
    targets = arena.take(shape.size);
    packed_targets = arena.take(shape.packed_size);
  }

  Weights online() const { return {weights, packed}; }
  Weights target() const { return {targets, packed_targets}; }

  Matrix transposed_of(const Layer &layer) const {
    return {transposed + layer.transposed, layer.transposed_panel()};
  }

  // Renew the copies of UNIT rows of one panel of a layer's weights.
  void renew(const Layer &layer, int row, int column) {
    const Matrix from{weights + layer.weights, layer.panel()}, to = transposed_of(layer);
    const float *source = from.at(row, column);
    if (layer.rounds) {
      const Matrix own{packed + layer.packed, layer.packed_panel()};
      pack_rows(source, own.at(row / 2, column));
      pack_transposed(source, to.at(column / 2, row));
      if (!targets) return;
      const Matrix target{packed_targets + layer.packed, layer.packed_panel()};
      pack_rows(targets + (source - weights), target.at(row / 2, column));
      return;
    }
    float *sink = to.at(column, row);
    const int columns = std::min(PANEL, layer.outputs - column);
    int n = 0;
    for (; n + UNIT <= columns; n += UNIT) transpose_unit(source + n, sink + n * PANEL);
    for (; n < columns; ++n)
      for (int k = 0; k < UNIT; ++k) sink[n * PANEL + k] = source[k * PANEL + n];
  }

  void renew(const Layer &layer) {
    for (int row = 0; row < layer.inputs; row += UNIT)
      for (int column = 0; column < layer.outputs; column += PANEL) renew(layer, row, column);
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

}  // namespace sac
