// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// The instructions for products of bfloat16 numbers: the tile registers (AMX) of a processor that
// has them, else vectors (AVX-512 BF16). Everything that one of the two needs to know is here.
//
// Both take the left factor as tiles, rows of pairs of neighboring columns, and the right one
// packed: pairs of rows, each pair of bfloat16 numbers in the place of one float.
#pragma once

#include "kernels.hpp"
#if defined(__AVX512BF16__)
#include <immintrin.h>
#if defined(__AMX_BF16__) && defined(__linux__)
#define SAC_TILES 1
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace sac {

constexpr int BLOCK = 32;          // rows and columns of a product, and depth of one step
constexpr int HALF = BLOCK / 2;    // rows of a tile; a block of the result is 2 x 2 tiles
constexpr int TILE = HALF * HALF;  // floats in a tile

#if defined(SAC_TILES)

// Ask the kernel for the tile registers, once for the process.
inline bool offers_bf16() {
  constexpr int request_permission = 0x1023, tile_data = 18;  // arch_prctl(2)
  static const bool granted = syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  return granted;
}

// The calling thread's tile registers, while one of these exists: all eight of full size.
class Tiles {
 public:
  explicit Tiles(bool wanted) : wanted_(wanted) {
    if (!wanted_) return;
    struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t column_bytes[16] = {};
      uint8_t rows[16] = {};
    } layout;
    for (int i = 0; i < 8; ++i) layout.column_bytes[i] = 64, layout.rows[i] = HALF;
    _tile_loadconfig(&layout);
  }
  ~Tiles() {
    if (wanted_) _tile_release();  // so that a change of threads need not save them
  }
  Tiles(const Tiles &) = delete;

 private:
  const bool wanted_;
};

// One block of a result, left in `sums` (BLOCK x BLOCK floats): the left factor as 2 tiles for
// each step of depth, the right one as a packed panel.
inline void multiply_block(const float *left, const float *right, float *sums, int steps) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int k = 0; k < steps; ++k, left += 2 * TILE, right += HALF * PANEL) {
    _tile_loadd(4, left, HALF * 4);
    _tile_loadd(5, left + TILE, HALF * 4);
    _tile_loadd(6, right, PANEL * 4);
    _tile_loadd(7, right + HALF, PANEL * 4);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, PANEL * 4);
  _tile_stored(1, sums + HALF, PANEL * 4);
  _tile_stored(2, sums + HALF * PANEL, PANEL * 4);
  _tile_stored(3, sums + HALF * PANEL + HALF, PANEL * 4);
}

#else

// Nothing to prepare without tile registers.
struct Tiles {
  explicit Tiles(bool) {}
};

#if defined(__AVX512BF16__)

inline bool offers_bf16() { return true; }

// As above, a few rows at a time: their sums must fit the registers.
inline void multiply_block(const float *left, const float *right, float *sums, int steps) {
  constexpr int ROWS = 8;
  for (int r = 0; r < BLOCK; r += ROWS) {
    const float *row = left + r / HALF * TILE + r % HALF * HALF, *pairs = right;
    __m512 totals[ROWS][2]{};
    for (int k = 0; k < steps; ++k, row += 2 * TILE)
      for (int p = 0; p < HALF; ++p, pairs += PANEL) {
        const __m512bh first = (__m512bh)vec(pairs), second = (__m512bh)vec(pairs + LANES);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; ++i) {
          const __m512bh pair = (__m512bh)_mm512_set1_ps(row[i * HALF + p]);
          totals[i][0] = _mm512_dpbf16_ps(totals[i][0], pair, first);
          totals[i][1] = _mm512_dpbf16_ps(totals[i][1], pair, second);
        }
      }
    for (int i = 0; i < ROWS; ++i)
      for (int v = 0; v < 2; ++v)
        vec(sums + (r + i) * PANEL + v * LANES) = (Vec)totals[i][v];
  }
}

#else

inline bool offers_bf16() { return false; }

#endif
#endif

}  // namespace sac
