// Operations that add up the rows of a matrix, in one pass over its memory. TensorFlow's own take four times as long for the sum of
// all rows, 3 % of a step as the gradient of every bias is one, and 6 to 12 times as long for sums by id (1600 × 512 and
// 3200 × 2048 into 96 rows, TensorFlow 2.21).

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "column_sums.h"
#include "kernel.h"

namespace unroll {
namespace {

struct SumRows {
  int64_t columns;
};

std::unique_ptr<SumRows> createSumRows(Construction& construction) {
  return std::make_unique<SumRows>(SumRows{construction.integer("columns")});
}

void sumRows(const SumRows& self, Call& call) {
  const int64_t count = call.count(0);
  ColumnSums sums(self.columns);
  sums.add(call.input(0, count), count / self.columns);
  sums.write(call.output(0, {self.columns}));
}

/// UnrollSumRows: of input [rows, columns], float32, the sum of all rows, [columns]; added up in float64.
const bool kSumRows = registerOperation<SumRows, createSumRows, sumRows>("UnrollSumRows", {"input: float"},
                                                                         {"sums: float"}, {"columns: int"});

struct ScatterAdd {
  int64_t columns, symbols;
  bool isOnto;
};

std::unique_ptr<ScatterAdd> createScatterAdd(Construction& construction) {
  return std::make_unique<ScatterAdd>(ScatterAdd{construction.integer("columns"), construction.integer("symbols"),
                                                 construction.integer("N") > 0});
}

/// What the rows are added onto, in its own memory where nothing else reads it; else zeros.
float* startSums(const ScatterAdd& self, Call& call) {
  constexpr int kOnto = 2;
  const int64_t count = self.symbols * self.columns, bytes = count * sizeof(float);
  if (!self.isOnto) {
    float* zeros = call.output(0, {self.symbols, self.columns});
    std::memset(zeros, 0, bytes);
    return zeros;
  }
  float* sums = call.outputInPlace(0, kOnto, {self.symbols, self.columns});
  const float* onto = call.input(kOnto, count);
  if (onto != sums) std::memcpy(sums, onto, bytes);
  return sums;
}

void scatterAdd(const ScatterAdd& self, Call& call) {
  const int64_t columns = self.columns, symbols = self.symbols;
  float* out = startSums(self, call);
  const int64_t rows = call.count(0);
  const int32_t* ids = call.input<int32_t>(0, rows);
  const float* x = call.input(1, rows * columns);
  for (int64_t r = 0; r < rows; ++r, x += columns) {
    if (ids[r] < 0 || ids[r] >= symbols)
      throw std::out_of_range("ids must be from 0 to " + std::to_string(symbols - 1) + ": id " + std::to_string(r) +
                              " is " + std::to_string(ids[r]));
    float* sum = out + ids[r] * columns;
    for (int64_t c = 0; c < columns; ++c) sum[c] += x[c];
  }
}

/// UnrollScatterAdd: of ids [rows], int32, and input [rows, columns], float32, the sum of the rows of each id, [symbols, columns],
/// onto N = 1 such table or none; added up in the order of the rows, so that the same rows have the same bits.
const bool kScatterAdd = registerOperation<ScatterAdd, createScatterAdd, scatterAdd>(
    "UnrollScatterAdd", {"ids: int32", "input: float", "onto: N * float"}, {"sums: float"},
    {"N: int >= 0", "columns: int", "symbols: int"});

}  // namespace
}  // namespace unroll
