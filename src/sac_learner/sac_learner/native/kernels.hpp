// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Vectors, elementary functions and the one matrix product that all layers use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sac {

// Lanes of a vector and rows of a register tile: TILE_ROWS x 2 accumulators must fit the registers.
#if defined(__AVX512F__)
constexpr int LANES = 16, TILE_ROWS = 8;
#elif defined(__AVX__)
constexpr int LANES = 8, TILE_ROWS = 4;
#elif defined(__aarch64__)
constexpr int LANES = 4, TILE_ROWS = 8;
#else
constexpr int LANES = 4, TILE_ROWS = 4;
#endif
constexpr int LINE = 16;  // floats in a cache line; the columns of every matrix are padded to it
constexpr int UNIT = 8;   // rows of a batch that are never split between two threads

typedef float Vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t IntVec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

inline Vec &vec(float *p) { return *reinterpret_cast<Vec *>(p); }
inline const Vec &vec(const float *p) { return *reinterpret_cast<const Vec *>(p); }
inline Vec splat(float x) { return x - Vec{}; }  // x - 0 is x exactly, so no subtraction is left
inline Vec select(IntVec mask, Vec a, Vec b) { return mask ? a : b; }
inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
inline Vec min(Vec a, Vec b) { return a < b ? a : b; }

inline float sum(Vec x) {
  float total = 0;
  for (int i = 0; i < LANES; ++i) total += x[i];
  return total;
}

constexpr int padded(int n) { return (n + LINE - 1) / LINE * LINE; }

// Distance between rows of n floats. An odd number of lines spreads a column of a matrix over all
// sets of the L1 cache; the spare line allows vectors that begin at any column.
constexpr int stride(int n) { return ((padded(n) / LINE + 1) | 1) * LINE; }

// exp, log and tanh after Cephes (single precision): errors of 1 to 2 units in the last place.
inline Vec exp(Vec x) {
  x = min(max(x, splat(-87.3f)), splat(88.3f));
  const Vec scaled = x * 1.44269504f;
  const IntVec n = __builtin_convertvector(scaled + select(scaled > 0, splat(.5f), splat(-.5f)), IntVec);
  const Vec whole = __builtin_convertvector(n, Vec);
  const Vec r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return p * (Vec)((n + 127) << 23);
}

inline Vec tanh(Vec x) {
  const Vec square = x * x;
  Vec p = square * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  const Vec near_zero = p * square * x + x;
  const Vec magnitude = max(x, -x);
  const Vec decay = exp(magnitude * -2.0f);
  const Vec far = (1.0f - decay) / (1.0f + decay);
  return select(magnitude < 0.625f, near_zero, select(x < 0, -far, far));
}

// log(1 + t) for t in [0, 1], to an absolute error of 1e-7.
inline Vec log1p_unit(Vec t) {
  const IntVec large = t > 0.41421356f;
  const Vec x = select(large, t * 0.5f - 0.5f, t);  // log(1 + t) = log((1 + t) / 2) + log 2
  const Vec square = x * x;
  Vec p = x * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * x + 1.1676998740e-1f;
  p = p * x - 1.2420140846e-1f;
  p = p * x + 1.4249322787e-1f;
  p = p * x - 1.6668057665e-1f;
  p = p * x + 2.0000714765e-1f;
  p = p * x - 2.4999993993e-1f;
  p = p * x + 3.3333331174e-1f;
  const Vec log = p * x * square - square * 0.5f + x;
  return select(large, log + 0.69314718f, log);
}

inline Vec softplus(Vec x) {
  return max(x, Vec{}) + log1p_unit(exp(-max(x, -x)));
}

struct Epilogue {
  const float *bias = nullptr;  // added to each row
  bool accumulate = false;      // add to what is there
  bool relu = false;
};

template <int ROWS, int VECS>
__attribute__((always_inline)) inline void tile(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_col, const float *b, ptrdiff_t b_row,
    float *c, ptrdiff_t c_row, int depth, const Epilogue &epilogue, int column) {
  Vec sums[ROWS][VECS];
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECS; ++v)
      sums[r][v] = epilogue.accumulate ? vec(c + r * c_row + v * LANES)
                   : epilogue.bias     ? vec(epilogue.bias + column + v * LANES)
                                       : Vec{};
  for (int k = 0; k < depth; ++k) {
    Vec right[VECS];
#pragma GCC unroll 4
    for (int v = 0; v < VECS; ++v) right[v] = vec(b + k * b_row + v * LANES);
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; ++r) {
      const float left = a[r * a_row + k * a_col];
#pragma GCC unroll 4
      for (int v = 0; v < VECS; ++v) sums[r][v] += left * right[v];
    }
  }
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECS; ++v)
      vec(c + r * c_row + v * LANES) = epilogue.relu ? max(sums[r][v], Vec{}) : sums[r][v];
}

// c (rows x columns) = a (rows x depth) b (depth x columns), rows a multiple of UNIT, columns of
// LINE. The element (r, k) of a is a[r * a_row + k * a_col], so that a may be transposed. The order
// of each sum depends on nothing but depth: results are the same however rows are shared out.
inline void multiply(const float *a, ptrdiff_t a_row, ptrdiff_t a_col, const float *b,
                     ptrdiff_t b_row, float *c, ptrdiff_t c_row, int rows, int columns, int depth,
                     const Epilogue &epilogue = {}) {
  int n = 0;
  for (; n + 2 * LANES <= columns; n += 2 * LANES)
    for (int r = 0; r < rows; r += TILE_ROWS)
      tile<TILE_ROWS, 2>(a + r * a_row, a_row, a_col, b + n, b_row, c + r * c_row + n, c_row,
                         depth, epilogue, n);
  for (; n < columns; n += LANES)
    for (int r = 0; r < rows; r += TILE_ROWS)
      tile<TILE_ROWS, 1>(a + r * a_row, a_row, a_col, b + n, b_row, c + r * c_row + n, c_row,
                         depth, epilogue, n);
}

}  // namespace sac
