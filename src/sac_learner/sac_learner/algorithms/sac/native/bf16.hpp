// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Matrix products with factors rounded to bfloat16 and sums in float32.
//
// Factors are rounded on their way into a product: what is kept is float32. The exception is the
// right factor of products with weights, which changes far less often than it is used and is kept
// `packed`: pairs of rows, each pair of bfloat16 numbers in the place of one float.
#pragma once

#include <vector>

#include "bf16_block.hpp"
#include "kernels.hpp"

namespace sac {

#if defined(__AVX512BF16__)

static_assert(PANEL == BLOCK && BLOCK % UNIT == 0);

// A thread's buffer, which keeps what size it has had to have.
inline float *scratch(int which, size_t floats) {
  struct alignas(64) Line {
    float values[LANES];
  };
  static thread_local std::vector<Line> buffers[2];
  const size_t lines = (floats + LANES - 1) / LANES;
  if (buffers[which].size() < lines) buffers[which].resize(lines);
  return buffers[which].data()->values;
}

// Round LANES columns of two rows and interleave them: the pairs of each column.
inline Vec interleaved(Vec first, Vec second) {
  alignas(64) static const uint16_t order[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                 21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  return (Vec)_mm512_permutexvar_epi16(_mm512_load_si512(order), both);
}

// Round a row of a panel: pairs of neighboring columns.
inline Vec rounded(const float *row) {
  return (Vec)_mm512_cvtne2ps_pbh((__m512)vec(row + LANES), (__m512)vec(row));
}

// Pack UNIT rows of a panel into the same place of a packed one.
inline void pack_rows(const float *rows, float *pairs) {
  for (int r = 0; r < UNIT; r += 2)
    for (int v = 0; v < PANEL; v += LANES)
      vec(pairs + r / 2 * PANEL + v) =
          interleaved(vec(rows + r * PANEL + v), vec(rows + (r + 1) * PANEL + v));
}

// Pack UNIT rows of a panel as UNIT columns: HALF pair rows of what is packed of the transpose.
inline void pack_transposed(const float *rows, float *pairs) {
  float turned[UNIT * PANEL];
  for (int r = 0; r < UNIT; ++r) vec(turned + r * PANEL) = rounded(rows + r * PANEL);
  for (int n = 0; n < HALF; n += UNIT) transpose_unit(turned + n, pairs + n * PANEL);
}

// `multiply` of kernels.hpp with a packed right factor; nothing is accumulated.
inline void multiply_rounded(const Matrix &a, const Matrix &b, const Matrix &c, int first,
                             int last, int depth, int columns, const Epilogue &epilogue) {
  const int steps = (depth + BLOCK - 1) / BLOCK;
  alignas(64) float sums[BLOCK * BLOCK];
  float *left = scratch(0, size_t(steps) * 2 * TILE);
  for (int r = first; r < last; r += BLOCK) {
    const int rows = last - r < BLOCK ? last - r : BLOCK;  // what is beyond is never read
    for (int k = 0; k < steps; ++k)
      for (int i = 0; i < rows; ++i)
        vec(left + k * 2 * TILE + i * HALF) = rounded(a.at(r + i, k * BLOCK));
    for (int n = 0; n < columns; n += PANEL) {
      multiply_block(left, b.at(0, n), sums, steps);
      float *out = c.at(r, n);
      for (int v = 0; v < PANEL; v += LANES) {
        const Vec bias = epilogue.bias ? vec(epilogue.bias + n + v) : Vec{};
        for (int i = 0; i < rows * PANEL; i += PANEL) {
          const Vec value = vec(sums + i + v) + bias;
          vec(out + i + v) = epilogue.relu ? max(value, Vec{}) : value;
        }
      }
    }
  }
}

// The left factor of a gradient: columns column..column+count-1 (multiples of UNIT) of `rows` rows
// of a, transposed, as blocks of 2 tiles for each BLOCK of rows.
inline const float *transposed_left(const Matrix &a, int column, int count, int rows) {
  const int steps = (rows + BLOCK - 1) / BLOCK;
  float *left = scratch(0, size_t(count + BLOCK - 1) / BLOCK * steps * 2 * TILE);
  float pairs[HALF * PANEL], turned[UNIT * PANEL];
  for (int i = 0; i < count; i += UNIT)
    for (int k = 0; k < steps; ++k) {
      const float *from = a.at(k * BLOCK, column + i);
      for (int p = 0; p < HALF; ++p) {
        const int r = k * BLOCK + 2 * p;  // rows is a multiple of UNIT
        const auto load = [&](int at) {
          return (Vec)_mm512_maskz_loadu_ps(r < rows ? 0xff : 0, from + at * PANEL);
        };
        vec(pairs + p * PANEL) = interleaved(load(2 * p), load(2 * p + 1));
      }
      for (int p = 0; p < HALF; p += UNIT) transpose_unit(pairs + p * PANEL, turned + p);
      float *to = left + (size_t(i / BLOCK) * steps + k) * 2 * TILE + i % BLOCK * HALF;
      for (int j = 0; j < UNIT; ++j) vec(to + j * HALF) = vec(turned + j * PANEL);
    }
  return left;
}

// A panel of a gradient, `count` rows of it rounded up to BLOCK: the left factor from
// `transposed_left`, the right one a panel of `rows` rows.
inline void gradient_rounded(const float *left, const float *panel, float *gradient, int count,
                             int rows) {
  const int steps = (rows + BLOCK - 1) / BLOCK;
  float *right = scratch(1, size_t(steps) * HALF * PANEL);
  for (int r = 0; r < steps * BLOCK; r += UNIT) {
    float *pairs = right + r / 2 * PANEL;
    if (r < rows)
      pack_rows(panel + size_t(r) * PANEL, pairs);
    else
      for (int i = 0; i < UNIT / 2 * PANEL; i += LANES) vec(pairs + i) = Vec{};
  }
  for (int i = 0; i < count; i += BLOCK)
    multiply_block(left + i * size_t(steps) * HALF, right, gradient + i * PANEL, steps);
}

#else  // no step is ever built with them

inline void pack_rows(const float *, float *) {}
inline void pack_transposed(const float *, float *) {}
inline void multiply_rounded(const Matrix &, const Matrix &, const Matrix &, int, int, int, int,
                             const Epilogue &) {}
inline const float *transposed_left(const Matrix &, int, int, int) { return nullptr; }
inline void gradient_rounded(const float *, const float *, float *, int, int) {}

#endif

}  // namespace sac
