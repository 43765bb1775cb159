// The operation UnrollJoin: the numbers of tensors of any shapes, one behind the other. TensorFlow's own takes tensors of one
// shape: scalars are packed first, and series reshaped, each by a node that costs a step as much as hundreds of numbers.
//
// Inputs: tensors of `counts` numbers, float32. Output [sum of counts].

#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "kernel.h"

namespace unroll {
namespace {

struct Join {
  std::vector<int64_t> counts;
};

std::unique_ptr<Join> create(Construction& construction) {
  return std::make_unique<Join>(Join{construction.integers("counts")});
}

void compute(const Join& join, Call& call) {
  float* out = call.output(0, {std::accumulate(join.counts.begin(), join.counts.end(), int64_t{0})});
  for (size_t i = 0; i < join.counts.size(); ++i) {
    std::memcpy(out, call.input(i, join.counts[i]), join.counts[i] * sizeof(float));
    out += join.counts[i];
  }
}

const bool kRegistered = registerOperation<Join, create, compute>("UnrollJoin", {"inputs: N * float"}, {"numbers: float"},
                                                                  {"N: int >= 1", "counts: list(int)"});

}  // namespace
}  // namespace unroll
