// Matrices as they lie in memory, and copies of them.
#pragma once

#include <cstdint>
#include <cstring>

namespace unroll {

/// The element (i, j) is at[i * rowStride + j * columnStride]. A stride of 0 repeats a row or a column.
struct Matrix {
  const float* at;
  int64_t rowStride, columnStride;

  Matrix from(int64_t i, int64_t j) const { return {at + i * rowStride + j * columnStride, rowStride, columnStride}; }
};

typedef float Four __attribute__((vector_size(16)));
typedef float FourAnywhere __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t Places __attribute__((vector_size(16)));

struct FourRows {
  Four row[4];
};

/// Four columns of four numbers, which lie side by side in each column, as four rows.
inline FourRows turnFour(const float* from, int64_t columnStride) {
  const auto load = [&](int64_t j) -> Four { return *reinterpret_cast<const FourAnywhere*>(from + j * columnStride); };
  constexpr Places kFirst{0, 4, 1, 5}, kLast{2, 6, 3, 7}, kHeads{0, 1, 4, 5}, kTails{2, 3, 6, 7};
  const Four a = load(0), b = load(1), c = load(2), d = load(3);
  const Four ab = __builtin_shuffle(a, b, kFirst), cd = __builtin_shuffle(c, d, kFirst);
  const Four abLast = __builtin_shuffle(a, b, kLast), cdLast = __builtin_shuffle(c, d, kLast);
  return {{__builtin_shuffle(ab, cd, kHeads), __builtin_shuffle(ab, cd, kTails),
           __builtin_shuffle(abLast, cdLast, kHeads), __builtin_shuffle(abLast, cdLast, kTails)}};
}

/// Copies a matrix to one whose rows are `ldt` apart and whose columns lie side by side.
inline void copyMatrix(const Matrix& from, int64_t rows, int64_t columns, float* to, int64_t ldt) {
  if (from.columnStride == 1) {
    for (int64_t i = 0; i < rows; ++i) std::memcpy(to + i * ldt, from.at + i * from.rowStride, columns * sizeof(float));
    return;
  }
  const int64_t turnedRows = from.rowStride == 1 ? rows / 4 * 4 : 0, turnedColumns = columns / 4 * 4;
  for (int64_t i = 0; i < turnedRows; i += 4)
    for (int64_t j = 0; j < turnedColumns; j += 4) {
      const FourRows turned = turnFour(from.from(i, j).at, from.columnStride);
      for (int r = 0; r < 4; ++r) *reinterpret_cast<FourAnywhere*>(to + (i + r) * ldt + j) = turned.row[r];
    }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = i < turnedRows ? turnedColumns : 0; j < columns; ++j) to[i * ldt + j] = *from.from(i, j).at;
}

}  // namespace unroll
