// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Forward and backward passes of a multilayer perceptron, for some rows of a batch.
#pragma once

#include <cmath>

#include "dropout.hpp"
#include "network.hpp"

namespace sac {

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
inline void forward(const Shape &shape, const Weights &net, const Tape &tape, int first, int last,
                    const Dropout &dropout = {}) {
  const float *weights = net.values;
  for (int l = 0; l < shape.hidden(); ++l) {
    const Layer &layer = shape.layers[l];
    Epilogue epilogue;
    epilogue.bias = weights + layer.bias;
    epilogue.relu = !shape.norm && shape.activation == Activation::relu;
    if (layer.rounds)
      multiply_rounded(tape.inputs[l],
                       {const_cast<float *>(net.packed) + layer.packed, layer.packed_panel()},
                       tape.inputs[l + 1], first, last, layer.inputs, layer.outputs, epilogue);
    else
      multiply(tape.inputs[l], {const_cast<float *>(weights) + layer.weights, layer.panel()},
               tape.inputs[l + 1], first, last, layer.inputs, layer.outputs, epilogue);
    if (dropout.threshold) dropout.apply(l, tape.inputs[l + 1], first, last, layer.outputs);
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
// on. LayerNorm's own gradients are summed up for each UNIT, so that no sum depends on who did
// what.
template <Activation activation>
void backward_activation(const Shape &shape, const float *weights, const Tape &tape, int l,
                         int r) {
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
      const Vec dz =
          activation_gradient<activation>(vec(value + j * PANEL), vec(delta + j * PANEL));
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
      const Vec dx =
          (vec(delta + j * PANEL) - mean[j] - vec(n + j * PANEL) * slope[j]) * inverse_spread[j];
      vec(delta + j * PANEL) = keep_first(outputs - i, dx);
    }
  }
}

// From the gradient at the head's input, in deltas[hidden()-1], to those at all products.
inline void backward(const Network &net, const Tape &tape, int first, int last,
                     const Dropout &dropout = {}) {
  const Shape &shape = *net.shape;
  const auto activation = shape.activation == Activation::tanh
                              ? backward_activation<Activation::tanh>
                              : backward_activation<Activation::relu>;
  for (int l = shape.hidden() - 1; l >= 0; --l) {
    const Layer &layer = shape.layers[l];
    for (int r = first; r < last; r += UNIT) activation(shape, net.weights, tape, l, r);
    if (dropout.threshold) dropout.apply(l, tape.deltas[l], first, last, layer.outputs);
    if (layer.rounds)
      multiply_rounded(tape.deltas[l], net.transposed_of(layer), tape.deltas[l - 1], first, last,
                       layer.outputs, layer.inputs, {});
    else if (l > 0)
      multiply(tape.deltas[l], net.transposed_of(layer), tape.deltas[l - 1], first, last,
               layer.outputs, layer.inputs);
  }
}

}  // namespace sac
