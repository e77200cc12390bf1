// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Vectors, elementary functions and the one matrix product that all layers use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sac {

// Lanes of a vector and rows of a register tile: TILE_ROWS x 2 sums must fit the registers.
#if defined(__AVX512F__)
constexpr int LANES = 16, TILE_ROWS = 8;
#elif defined(__AVX__)
constexpr int LANES = 8, TILE_ROWS = 4;
#elif defined(__aarch64__)
constexpr int LANES = 4, TILE_ROWS = 8;
#else
constexpr int LANES = 4, TILE_ROWS = 4;
#endif
constexpr int PANEL = 2 * LANES;  // columns of a panel, see Matrix
constexpr int UNIT = 8;           // rows that are never split between two threads

typedef float Vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t IntVec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

inline Vec &vec(float *p) { return *reinterpret_cast<Vec *>(p); }
inline const Vec &vec(const float *p) { return *reinterpret_cast<const Vec *>(p); }
inline Vec splat(float x) { return x - Vec{}; }  // x - 0 is x exactly, so no subtraction is left
inline Vec select(IntVec mask, Vec a, Vec b) { return mask ? a : b; }
inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
inline Vec min(Vec a, Vec b) { return a < b ? a : b; }

// x with all but the first n lanes set to zero.
inline Vec keep_first(int n, Vec x) {
  if (n < LANES)
    for (int i = n > 0 ? n : 0; i < LANES; ++i) x[i] = 0;
  return x;
}

inline float sum(Vec x) {
  float parts[LANES];
  vec(parts) = x;
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
  return parts[0];
}

constexpr int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

// A matrix is kept in panels of PANEL columns, each with its rows one behind the other: products
// then read memory in one stream, which the caches foresee, wherever it comes from.
struct Matrix {
  float *data;
  ptrdiff_t panel;  // distance between panels

  float *at(int row, int column) const {
    return data + column / PANEL * panel + row * PANEL + column % PANEL;
  }
};

// exp, log and tanh after Cephes (single precision): errors of 1 to 2 units in the last place.
inline Vec exp(Vec x) {
  x = min(max(x, splat(-87.3f)), splat(88.3f));
  const Vec scaled = x * 1.44269504f;
  const IntVec n =
      __builtin_convertvector(scaled + select(scaled > 0, splat(.5f), splat(-.5f)), IntVec);
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

inline Vec softplus(Vec x) { return max(x, Vec{}) + log1p_unit(exp(-max(x, -x))); }

struct Epilogue {
  const float *bias = nullptr;  // added to each row
  bool accumulate = false;      // add to what is there
  bool relu = false;
};

// c (ROWS x VECS vectors of a panel) = a b, where b is `depth` rows of a panel and the element
// (r, k) of a lies at a[r * a_row + k * a_col], each a_run of its columns `a_panel` apart.
template <int ROWS, int VECS>
__attribute__((always_inline)) inline void tile(const float *a, ptrdiff_t a_row, ptrdiff_t a_col,
                                                int a_run, ptrdiff_t a_panel, const float *b,
                                                float *c, int depth, const Epilogue &epilogue) {
  Vec sums[ROWS][VECS];
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECS; ++v)
      sums[r][v] = epilogue.accumulate ? vec(c + r * PANEL + v * LANES)
                   : epilogue.bias     ? vec(epilogue.bias + v * LANES)
                                       : Vec{};
  for (int done = 0; done < depth; done += a_run, a += a_panel) {
    const float *left = a;
    const int run = depth - done < a_run ? depth - done : a_run;
    for (int k = 0; k < run; ++k, left += a_col, b += PANEL) {
      Vec right[VECS];
#pragma GCC unroll 2
      for (int v = 0; v < VECS; ++v) right[v] = vec(b + v * LANES);
#pragma GCC unroll 8
      for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < VECS; ++v) sums[r][v] += left[r * a_row] * right[v];
    }
  }
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECS; ++v)
      vec(c + r * PANEL + v * LANES) = epilogue.relu ? max(sums[r][v], Vec{}) : sums[r][v];
}

// c = a b for the rows first..last-1 (multiples of UNIT) of a and c. The order of each sum depends
// on nothing but depth: results are the same however rows are shared out among threads.
inline void multiply(const Matrix &a, const Matrix &b, const Matrix &c, int first, int last,
                     int depth, int columns, Epilogue epilogue = {}) {
  for (int n = 0; n < columns; n += PANEL) {
    for (int r = first; r < last; r += TILE_ROWS)
      if (columns - n > LANES)
        tile<TILE_ROWS, 2>(a.at(r, 0), PANEL, 1, PANEL, a.panel, b.at(0, n), c.at(r, n), depth,
                           epilogue);
      else
        tile<TILE_ROWS, 1>(a.at(r, 0), PANEL, 1, PANEL, a.panel, b.at(0, n), c.at(r, n), depth,
                           epilogue);
    if (epilogue.bias) epilogue.bias += PANEL;
  }
}

// UNIT rows of c's panel = the same rows of (a transposed) b: a points at UNIT columns of a panel,
// b at a panel, each with `depth` rows.
inline void multiply_transposed(const float *a, const float *b, float *c, int depth,
                                bool accumulate) {
  Epilogue epilogue;
  epilogue.accumulate = accumulate;
  for (int r = 0; r < UNIT; r += TILE_ROWS)
    tile<TILE_ROWS, 2>(a + r, 1, PANEL, depth, 0, b, c + r * PANEL, depth, epilogue);
}

// Transpose UNIT x UNIT numbers between two panels.
inline void transpose_unit(const float *from, float *to) {
  typedef float Row __attribute__((vector_size(4 * UNIT), aligned(4), may_alias));
  Row rows[UNIT], mixed[UNIT];
  for (int i = 0; i < UNIT; ++i) rows[i] = *reinterpret_cast<const Row *>(from + i * PANEL);
  // Three rounds of interleaving row i with row i + 4 put column i where row i was.
  for (int round = 0; round < 3; ++round) {
#pragma GCC unroll 4
    for (int i = 0; i < UNIT / 2; ++i) {
      mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int i = 0; i < UNIT; ++i) rows[i] = mixed[i];
  }
  for (int i = 0; i < UNIT; ++i) *reinterpret_cast<Row *>(to + i * PANEL) = rows[i];
}

}  // namespace sac
