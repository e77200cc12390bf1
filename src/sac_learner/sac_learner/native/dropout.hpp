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

  // Drop units of layer l in rows first..last-1 of their values, or of the gradients there.
  void apply(int l, const Matrix &x, int first, int last, int width) const {
    UintVec lanes;
    for (int i = 0; i < LANES; ++i) lanes[i] = i;
    const uint32_t layer_key = scramble(key + uint32_t(l));
    for (int r = first; r < last; ++r) {
      const int row = start + r;
      const uint32_t number = row / batch_rows * batch_size + row % batch_rows;
      const uint32_t row_key = scramble(layer_key + number);
      for (int i = 0; i < width; i += LANES) {
        Vec &values = vec(x.at(r, i));
        values = select(scramble(lanes + (row_key + uint32_t(i))) >= threshold, values * scale,
                        Vec{});
      }
    }
  }
};

}  // namespace sac
