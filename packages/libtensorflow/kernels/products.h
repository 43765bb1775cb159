// C = init + A W + A' W' … for matrices W that serve many products: each is packed once. Each number of C is one chain of
// fused multiply-adds in the order of the terms and of k, whatever the number of rows: how a batch is cut changes no bit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "lanes.h"
#include "matrix.h"

namespace unroll {

constexpr int kPanel = 2 * kLanes;  // columns of W packed side by side
constexpr int kNarrow = kLanes > 8 ? 8 : kLanes;  // the narrowest panel: half a vector where that takes half the time

// Rows of a tile of two vectors: what leaves registers for the columns of W and one number of A, of 16 registers or of
// aarch64's 32. AVX-512 has 32 as well, but 16 sums keep its units busy, and a tile of 12 rows stores so much at once that it
// waits (350 × 200 × 10000: 100 of 118 GFLOP/s, with 8 rows 105); rows that lie a multiple of a page apart push one another
// out of the first cache, where there are more of them than the 8 ways that it has (3200 × 2048 × 128: 102, 111).
#if defined(__AVX512F__)
constexpr int kPanelRows = 8;
#elif defined(__aarch64__)
constexpr int kPanelRows = 10;
#else
constexpr int kPanelRows = 6;
#endif
constexpr int kVectorRows = 12;  // of a tile of one vector or half of one

/// Columns of memory that a panel takes where `left` columns are left.
inline int64_t panelWidth(int64_t left) { return left > kLanes ? kPanel : left > kNarrow ? kLanes : kNarrow; }

/// Numbers that packWeights writes.
inline int64_t packedSize(int64_t inner, int64_t columns) {
  const int64_t last = columns / kPanel * kPanel;
  return (last + (last < columns ? panelWidth(columns - last) : 0)) * inner;
}

/// Packs W [inner, columns] into panels of columns; missing ones are 0.
inline void packWeights(const Matrix& w, int64_t inner, int64_t columns, float* packed) {
  const int64_t whole = w.columnStride == 1 ? columns / kPanel * kPanel : 0;
  for (int64_t k = 0; k < inner; ++k)  // row by row, as they lie in memory
    for (int64_t first = 0; first < whole; first += kPanel)
      std::memcpy(packed + first * inner + k * kPanel, w.from(k, first).at, kPanel * sizeof(float));
  for (int64_t first = whole; first < columns; first += kPanel) {
    const int64_t width = panelWidth(columns - first), count = std::min<int64_t>(columns - first, width);
    float* panel = packed + first * inner;
    copyMatrix(w.from(0, first), inner, count, panel, width);
    for (int64_t k = 0; count < width && k < inner; ++k)
      std::fill(panel + k * width + count, panel + (k + 1) * width, 0.0f);
  }
}

/// A W: A [rows, inner], whose rows are lda apart, and W packed.
struct Term {
  const float* a;
  int64_t lda;
  const float* packed;
  int64_t inner;
};

/// R rows from `row` on and the panel of C columns from `column` on. The rows of a term are reached from every fourth one: with
/// an address of its own for each, there are not registers enough for the rows of the larger tiles, and the compiler would keep
/// some on the stack.
template <int R, int C>
void tile(const Term* terms, int64_t count, int64_t row, int64_t column, const float* init, int64_t ldi, float* c,
          int64_t ldc) {
  constexpr int L = std::min(C, kLanes), V = C / L;
  using Lanes = typename Vector<L>::Lanes;
  Lanes sum[R][V];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[r][v] = init ? loadLanes<L>(init + r * ldi + v * L) : Lanes{};
  for (const Term* term = terms; term < terms + count; ++term) {
    const int64_t lda = term->lda, inner = term->inner;
    const float* panel = term->packed + column * inner;
    constexpr int kFours = (R + 3) / 4;
    const float* fours[kFours];
#pragma GCC unroll 12
    for (int f = 0; f < kFours; ++f) {
      fours[f] = term->a + (row + 4 * f) * lda;
      asm("" : "+r"(fours[f]));  // else they would be made one address again
    }
    for (int64_t k = 0; k < inner; ++k, panel += C) {
      Lanes w[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) w[v] = loadLanes<L>(panel + v * L);
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) {
        const float x = fours[r / 4][r % 4 * lda + k];
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[r][v] += x * w[v];
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) storeLanes(c + r * ldc + v * L, sum[r][v]);
}

using Tile = void (*)(const Term*, int64_t, int64_t, int64_t, const float*, int64_t, float*, int64_t);

/// The tiles of a width, by their rows.
template <int C, int Most>
struct Tiles {
  Tile of[Most + 1] = {};
  constexpr Tiles() { fill<Most>(); }

 private:
  template <int R>
  constexpr void fill() {
    of[R] = tile<R, C>;
    if constexpr (R > 1) fill<R - 1>();
  }
};
inline constexpr Tiles<kPanel, kPanelRows> kPanelTiles;
inline constexpr Tiles<kLanes, kVectorRows> kVectorTiles;
inline constexpr Tiles<kNarrow, kVectorRows> kNarrowTiles;

constexpr int kColumnRows = 16;  // of a tile of one column

/// kColumnRows rows from `row` on of a panel that has one column. Vectors hold four rows of it, for which four rows of A are turned
/// at a time: a tile's vectors hold columns, so that one lane of each would count (1250 × 128 × 65: 98 of 118 GFLOP/s, 106).
inline void columnTile(const Term* terms, int64_t count, int64_t row, int64_t column, const float* init, int64_t ldi,
                       float* c, int64_t ldc) {
  constexpr int kFours = kColumnRows / 4;
  Four sum[kFours] = {};
#pragma GCC unroll 16
  for (int r = 0; init && r < kColumnRows; ++r) sum[r / 4][r % 4] = init[r * ldi];
  for (const Term* term = terms; term < terms + count; ++term) {
    const int64_t lda = term->lda, inner = term->inner;
    const float *a = term->a + row * lda, *w = term->packed + column * inner;
    int64_t k = 0;
    for (; k + 4 <= inner; k += 4, w += 4 * kNarrow)
#pragma GCC unroll 4
      for (int f = 0; f < kFours; ++f) {
        const FourRows turned = turnFour(a + 4 * f * lda + k, lda);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) sum[f] += turned.row[j] * w[j * kNarrow];
      }
    for (; k < inner; ++k, w += kNarrow)
#pragma GCC unroll 4
      for (int f = 0; f < kFours; ++f) {
        const float* from = a + 4 * f * lda + k;
        sum[f] += Four{from[0], from[lda], from[2 * lda], from[3 * lda]} * w[0];
      }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kColumnRows; ++r) c[r * ldc] = sum[r / 4][r % 4];
}

/// Has `rows` short rows that lie far apart fetched while a tile computes: a processor foresees no such steps, and a tile
/// waits for the numbers that it starts from.
inline void prefetchRows(const float* at, int64_t stride, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < kPanel; j += 16) __builtin_prefetch(at + r * stride + j);
}

/// Copies columns one after the other: they are so few that to call memcpy for each row takes longer.
inline void copyColumns(const float* from, int64_t ldf, float* to, int64_t ldt, int64_t rows, int64_t columns) {
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t r = 0; r < rows; ++r) to[r * ldt + j] = from[r * ldf + j];
}

/// Rows of C, of the panel of columns from `first` on. What lies beside C is left alone: a panel that ends there is computed apart.
template <int C, int Most>
void multiplyPanel(const Tiles<C, Most>& tiles, const Term* terms, int64_t count, const float* init, int64_t ldi, float* c,
                   int64_t ldc, int64_t top, int64_t bottom, int64_t first, int64_t columns) {
  const int64_t wide = std::min<int64_t>(C, columns - first);
  for (; wide == 1 && bottom - top >= kColumnRows; top += kColumnRows)
    columnTile(terms, count, top, first, init ? init + top * ldi + first : nullptr, ldi, c + top * ldc + first, ldc);
  const int64_t rows = bottom - top, chunks = (rows + Most - 1) / Most;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t begin = top + rows * chunk / chunks, R = top + rows * (chunk + 1) / chunks - begin;
    const float* start = init ? init + begin * ldi + first : nullptr;
    float* to = c + begin * ldc + first;
    if (start) prefetchRows(start + C, ldi, R);
    prefetchRows(to + C, ldc, R);
    if (wide == C) {
      tiles.of[R](terms, count, begin, first, start, ldi, to, ldc);
      continue;
    }
    float edge[Most * C] = {};
    if (start) copyColumns(start, ldi, edge, C, R, wide);
    tiles.of[R](terms, count, begin, first, edge, C, edge, C);
    copyColumns(edge, C, to, ldc, R, wide);
  }
}

/// Rows of A that stay in the second cache while panel after panel is multiplied by them: all, where W itself does not stay in
/// the third one, to read it once.
inline int64_t rowsTogether(const Term* terms, int64_t count, int64_t rows, int64_t columns) {
  constexpr int64_t kNumbersOfA = 96 * 1024, kNumbersOfW = 512 * 1024;
  int64_t inner = 0;
  for (const Term* term = terms; term < terms + count; ++term) inner += term->inner;
  return inner * columns > kNumbersOfW ? rows : std::clamp<int64_t>(kNumbersOfA / inner, 1, rows);
}

/// C [rows, columns] = init + the sum of `count` terms. `init` may be null, or C itself; its columns lie side by side, its
/// rows `ldi` apart, 0 to repeat one.
inline void multiply(const Term* terms, int64_t count, const float* init, int64_t ldi, float* c, int64_t ldc,
                     int64_t rows, int64_t columns) {
  const int64_t together = rowsTogether(terms, count, rows, columns);
  for (int64_t begin = 0; begin < rows; begin += together)
    for (int64_t first = 0; first < columns; first += kPanel) {
      const auto panel = [&](const auto& tiles) {
        multiplyPanel(tiles, terms, count, init, ldi, c, ldc, begin, std::min(rows, begin + together), first, columns);
      };
      const int64_t width = panelWidth(columns - first);
      if (width == kPanel)
        panel(kPanelTiles);
      else if (width == kLanes)
        panel(kVectorTiles);
      else
        panel(kNarrowTiles);
    }
}

}  // namespace unroll
