// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// The update of a network: gradients of its weights, Adam, the target network.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "network.hpp"

namespace sac {

// Adam (arXiv:1412.6980) with the bias corrections of this update; then the target network
// follows. Matrices lose a share before (AdamW, arXiv:1711.05101).
struct Descent {
  float step;                  // step size / (1 - beta1^t)
  float inverse_square_scale;  // 1 / sqrt(1 - beta2^t)
  float tau;
  float kept = 1;  // of a matrix: 1 - step size * weight decay

  void apply_to_matrix(Network &net, size_t at, const float *gradient, int count) const {
    if (kept != 1)
      for (int i = 0; i < count; ++i) net.weights[at + i] *= kept;
    apply(net, at, gradient, count);
  }

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

inline void append_pieces(std::vector<Piece> &pieces, Network &net, const Tape &tape,
                          const Matrix &head_delta) {
  for (int l = 0; l <= net.shape->hidden(); ++l) {
    Piece piece{&net, &tape, &head_delta, l, -1};
    pieces.push_back(piece);
    if (l == net.shape->hidden() && net.shape->vector_head()) continue;
    for (piece.row = 0; piece.row < net.shape->layers[l].inputs; piece.row += UNIT)
      pieces.push_back(piece);
  }
}

// Sum of `rows` rows of a panel, each times its factor if there are factors.
inline void add_rows(const float *panel, ptrdiff_t row, const float *factors, int rows,
                     float *total) {
  Vec sums[4][2]{};  // rows by turns, to be faster than one chain of additions
  const auto add = [&](Vec(&to)[2], int r) {
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
    descent.apply_to_matrix(net, layer.weights + i, gradient, PANEL);
  }
}

// Descend along pieces begin..end-1 for `rows` rows of the tape.
inline void descend(const std::vector<Piece> &pieces, int begin, int end, int rows,
                    const Descent &descent) {
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
    const Matrix &delta =
        piece.layer == net.shape->hidden() ? *piece.head_delta : piece.tape->deltas[piece.layer];
    alignas(64) float gradients[PIECES][UNIT * PANEL];
    const float *left =
        layer.rounds ? transposed_left(input, piece.row, count * UNIT, rows) : nullptr;
    for (int column = 0; column < layer.outputs; column += PANEL) {
      if (layer.rounds)
        gradient_rounded(left, delta.at(0, column), gradients[0], count * UNIT, rows);
      else
        for (int r = 0; r < rows; r += ROW_BLOCK)
          for (int i = 0; i < count; ++i)
            multiply_transposed(input.at(r, piece.row + i * UNIT), delta.at(r, column),
                                gradients[i], std::min(ROW_BLOCK, rows - r), r > 0);
      for (int i = 0; i < count; ++i) {
        const int row = piece.row + i * UNIT;
        descent.apply_to_matrix(net,
                                layer.weights + column / PANEL * layer.panel() + row * PANEL,
                                gradients[i], UNIT * PANEL);
        net.renew(layer, row, column);
      }
    }
    begin += count;
  }
}

}  // namespace sac
