// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Dropout of hidden units; ../dropout.py explains which are dropped.
#pragma once

#include "kernels.hpp"

namespace sac {

typedef uint32_t UintVec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

template <class Number>
inline Number scramble(Number x) {
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

// One pass of a batch through a critic.
struct Dropout {
  uint32_t threshold = 0;  // 0: nothing is dropped
  float scale = 1;
  int batch_size = 0, batch_rows = 0;  // rows of a batch without and with their padding
  uint32_t key = 0;                    // before it is scrambled, of layer 0
  int start = 0;                       // number of the tape's first row in the step

  // Drop units of layer l in rows first..last-1 (multiples of UNIT) of their values, or of the
  // gradients there.
  void apply(int l, const Matrix &x, int first, int last, int width) const {
    const Matrix y = x;  // a copy stays in registers
    const float factor = scale;
    const uint32_t least = threshold, layer_key = scramble(key + uint32_t(l));
    UintVec lanes;
    for (int i = 0; i < LANES; ++i) lanes[i] = i;
    for (int r = first; r < last; r += UNIT) {
      uint32_t row_keys[UNIT];
      for (int j = 0; j < UNIT; ++j) {
        const int row = start + r + j;
        row_keys[j] = scramble(layer_key + row / batch_rows * batch_size + row % batch_rows);
      }
      for (int i = 0; i < width; i += LANES) {
        float *values = y.at(r, i);
        const UintVec units = lanes + uint32_t(i);
#pragma GCC unroll 8
        for (int j = 0; j < UNIT; ++j) {
          Vec &value = vec(values + j * PANEL);
          value = select(scramble(units + row_keys[j]) >= least, value * factor, Vec{});
        }
      }
    }
  }
};

}  // namespace sac
