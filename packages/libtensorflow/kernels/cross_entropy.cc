// The operation UnrollCrossEntropy: softmax, its loss and its gradient in one pass over the logits.
//
// Inputs: logits [rows, classes], float32; targets [rows], int32, -1 where there is none. Outputs: the sum of the
// losses in nats; its gradient [rows, classes], in the memory of the logits where nothing else reads them; how many
// targets there are; of how many the largest logit, the first of equals, is right.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "elementary.h"
#include "kernel.h"
#include "products.h"

namespace unroll {
namespace {

constexpr int64_t kChains = 16;  // of a sum, whatever the vectors of the target
constexpr int64_t kBlock = 64;

struct CrossEntropy {
  int64_t rows, classes;
};

std::unique_ptr<CrossEntropy> create(Construction& construction) {
  return std::make_unique<CrossEntropy>(CrossEntropy{construction.integer("rows"), construction.integer("classes")});
}

/// The largest number, whatever NaN there is beside it.
float largest(const float* x, int64_t count) {
  constexpr float kLeast = -std::numeric_limits<float>::infinity();
  Lanes tops[4];
  for (Lanes& top : tops) top = Lanes{} + kLeast;
  int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes)
    for (int v = 0; v < 4; ++v) {
      const Lanes own = loadLanes(x + i + v * kLanes);
      tops[v] = own > tops[v] ? own : tops[v];
    }
  float most = kLeast;
  for (const Lanes& top : tops)
    for (int j = 0; j < kLanes; ++j) most = std::max(most, top[j]);
  for (; i < count; ++i) most = x[i] > most ? x[i] : most;
  return most;
}

/// e^(x - shift) of each number, and their sum.
float exponentials(const float* x, float shift, int64_t count, float* to) {
  Lanes sums[kChains / kLanes] = {};
  int64_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
#pragma GCC ivdep
    for (int64_t j = 0; j < kBlock; ++j) to[i + j] = exponential(x[i + j] - shift);
    for (int64_t j = 0; j < kBlock; j += kLanes) sums[j / kLanes % (kChains / kLanes)] += loadLanes(to + i + j);
  }
  double sum = 0;
  for (const Lanes& each : sums)
    for (int j = 0; j < kLanes; ++j) sum += each[j];
  for (; i < count; ++i) sum += to[i] = exponential(x[i] - shift);
  return static_cast<float>(sum);
}

void compute(const CrossEntropy& self, Call& call) {
  const auto [rows, classes] = self;
  float* gradient = call.outputInPlace(1, 0, {rows, classes});
  const float* logits = call.input<float>(0, rows * classes);
  const int32_t* targets = call.input<int32_t>(1, rows);
  double loss = 0;
  int64_t count = 0, correct = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const float* o = logits + r * classes;
    float* d = gradient + r * classes;
    const int32_t target = targets[r];
    if (target < 0 || target >= classes) {
      std::fill(d, d + classes, 0.0f);
      continue;
    }
    const float top = largest(o, classes);
    const float margin = o[target] - top;
    correct += o[target] == top && std::find(o, o + target, top) == o + target;
    const float sum = exponentials(o, top, classes, d);  // from here on there may be no logits
    const float share = 1.0f / sum;
    for (int64_t c = 0; c < classes; ++c) d[c] *= share;
    d[target] -= 1.0f;
    loss += std::log(sum) - margin;
    count += 1;
  }
  *call.output(0, {}) = static_cast<float>(loss);
  *call.output(2, {}) = static_cast<float>(count);
  *call.output(3, {}) = static_cast<float>(correct);
}

const bool kRegistered = registerOperation<CrossEntropy, create, compute>(
    "UnrollCrossEntropy", {"logits: float", "targets: int32"},
    {"loss: float", "gradient: float", "count: float", "correct: float"}, {"rows: int", "classes: int"});

}  // namespace
}  // namespace unroll
