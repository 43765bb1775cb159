// C = init + A W + A' W' … for matrices W that serve many products: each is packed once. Each number of C is one chain of
// fused multiply-adds in the order of the terms and of k, whatever the number of rows: how a batch is cut changes no bit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace unroll {

// The widest vectors of the target, and as many rows as leave registers for two vectors of W and one number of A: 32
// registers with AVX-512 and on aarch64, 16 elsewhere. With AVX-512 two rows fewer: rows that lie a multiple of a page apart
// share a few places of the first cache, and 13 of them took an eighth more time.
#if defined(__AVX512F__)
#define UNROLL_LANES 16
constexpr int kTileRows = 12;
#elif defined(__AVX__)
#define UNROLL_LANES 8
constexpr int kTileRows = 6;
#elif defined(__aarch64__)
#define UNROLL_LANES 4
constexpr int kTileRows = 10;
#else
#define UNROLL_LANES 4
constexpr int kTileRows = 6;
#endif
constexpr int kLanes = UNROLL_LANES;  // numbers in a vector
constexpr int kPanel = 2 * kLanes;  // columns of W packed side by side

// No weaker alignment: with one, GCC keeps the sums of a tile in memory instead of registers, as
// packages/libtensorflow/src/products.test.ts shows. `loadLanes` and `storeLanes` take any address.
typedef float Lanes __attribute__((vector_size(kLanes * 4)));

/// Lanes in memory, at any address.
typedef float LanesAnywhere __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

inline Lanes loadLanes(const float* from) { return *reinterpret_cast<const LanesAnywhere*>(from); }
inline void storeLanes(float* to, Lanes x) { std::memcpy(to, &x, sizeof x); }

/// Columns of memory that the panel from `first` on takes: half of the others where what is left fits in one vector.
inline int64_t panelWidth(int64_t first, int64_t columns) { return columns - first > kLanes ? kPanel : kLanes; }

/// Numbers that packWeights writes.
inline int64_t packedSize(int64_t inner, int64_t columns) {
  const int64_t last = columns / kPanel * kPanel;
  return (last + (last < columns ? panelWidth(last, columns) : 0)) * inner;
}

/// Packs W, whose element (k, j) is at w[k * strideK + j * strideJ], into panels of columns; missing ones are 0.
inline void packWeights(const float* w, int64_t strideK, int64_t strideJ, int64_t inner, int64_t columns,
                        float* packed) {
  for (int64_t first = 0; first < columns; first += kPanel) {
    const int64_t width = panelWidth(first, columns), count = std::min<int64_t>(columns - first, width);
    float* panel = packed + first * inner;
    for (int64_t k = 0; k < inner; ++k) {
      const float* from = w + k * strideK + first * strideJ;
      float* to = panel + k * width;
      if (strideJ == 1)
        std::memcpy(to, from, count * sizeof(float));
      else
        for (int64_t j = 0; j < count; ++j) to[j] = from[j * strideJ];
      for (int64_t j = count; j < width; ++j) to[j] = 0;
    }
  }
}

/// A W: A [rows, inner], whose rows are lda apart, and W packed.
struct Term {
  const float* a;
  int64_t lda;
  const float* packed;
  int64_t inner;
};

/// R rows from `row` on and the panel of V vectors of columns from `column` on. The rows of a term are reached from every
/// fourth one: with an address of its own for each, there are not registers enough for the rows of the larger tiles, and the
/// compiler would keep some on the stack.
template <int R, int V>
void tile(const Term* terms, int64_t count, int64_t row, int64_t column, const float* init, int64_t ldi, float* c,
          int64_t ldc) {
  Lanes sum[R][V];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[r][v] = init ? loadLanes(init + r * ldi + v * kLanes) : Lanes{};
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
    for (int64_t k = 0; k < inner; ++k, panel += V * kLanes) {
      Lanes w[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) w[v] = loadLanes(panel + v * kLanes);
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
    for (int v = 0; v < V; ++v) storeLanes(c + r * ldc + v * kLanes, sum[r][v]);
}

using Tile = void (*)(const Term*, int64_t, int64_t, int64_t, const float*, int64_t, float*, int64_t);

/// By rows, then by vectors of columns.
struct Tiles {
  Tile of[kTileRows + 1][kPanel / kLanes + 1] = {};
  constexpr Tiles() { fill<kTileRows>(); }

 private:
  template <int R>
  constexpr void fill() {
    of[R][1] = tile<R, 1>, of[R][2] = tile<R, 2>;
    if constexpr (R > 1) fill<R - 1>();
  }
};
inline constexpr Tiles kTiles;

/// Has `rows` short rows that lie far apart fetched while a tile computes: a processor foresees no such steps, and a tile
/// waits for the numbers that it starts from.
inline void prefetchRows(const float* at, int64_t stride, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) __builtin_prefetch(at + r * stride);
}

/// C [rows, columns] = init + the sum of `count` terms. `init` may be null, or C itself; its columns lie side by side, its
/// rows `ldi` apart, 0 to repeat one.
inline void multiply(const Term* terms, int64_t count, const float* init, int64_t ldi, float* c, int64_t ldc,
                     int64_t rows, int64_t columns) {
  const int64_t chunks = (rows + kTileRows - 1) / kTileRows;
  for (int64_t first = 0; first < columns; first += kPanel) {
    const int64_t wide = columns - first, width = panelWidth(first, columns);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      const int64_t begin = rows * chunk / chunks, R = rows * (chunk + 1) / chunks - begin;
      const Tile compute = kTiles.of[R][width / kLanes];
      const float* start = init ? init + begin * ldi + first : nullptr;
      float* to = c + begin * ldc + first;
      if (start) prefetchRows(start + kPanel, ldi, R);
      prefetchRows(to + kPanel, ldc, R);
      if (wide >= width) {
        compute(terms, count, begin, first, start, ldi, to, ldc);
        continue;
      }
      float edge[kTileRows * kPanel] = {};
      for (int64_t r = 0; start && r < R; ++r) std::memcpy(edge + r * kPanel, start + r * ldi, wide * sizeof(float));
      compute(terms, count, begin, first, edge, kPanel, edge, kPanel);
      for (int64_t r = 0; r < R; ++r) std::memcpy(to + r * ldc, edge + r * kPanel, wide * sizeof(float));
    }
  }
}

}  // namespace unroll
