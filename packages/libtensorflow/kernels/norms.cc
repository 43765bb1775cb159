// The operation UnrollNorms: norms of the rows of matrices that lie side by side, in one pass.
//
// Inputs: matrices of the same number of rows, float32. Output [rows]: the norm of each row over all of them, or its
// log10.

#include <cmath>
#include <memory>
#include <vector>

#include "kernel.h"
#include "pointwise.h"

namespace unroll {
namespace {

struct Norms {
  int64_t rows;
  std::vector<int64_t> columns;
  bool log10;
};

std::unique_ptr<Norms> create(Construction& construction) {
  return std::make_unique<Norms>(
      Norms{construction.integer("rows"), construction.integers("columns"), construction.integer("log10") != 0});
}

void compute(const Norms& norms, Call& call) {
  std::vector<const float*> inputs;
  for (size_t i = 0; i < norms.columns.size(); ++i) inputs.push_back(call.input(i, norms.rows * norms.columns[i]));
  float* out = call.output(0, {norms.rows});
  for (int64_t r = 0; r < norms.rows; ++r) {
    double squares = 0;
    for (size_t i = 0; i < inputs.size(); ++i)
      squares += sumOfSquares(inputs[i] + r * norms.columns[i], 1, norms.columns[i]);
    out[r] = norms.log10 ? log10OfRoot(squares) : static_cast<float>(std::sqrt(squares));
  }
}

const bool kRegistered =
    registerOperation<Norms, create, compute>("UnrollNorms", {"inputs: N * float"}, {"norms: float"},
                                              {"N: int >= 1", "rows: int", "columns: list(int)", "log10: int"});

}  // namespace
}  // namespace unroll
