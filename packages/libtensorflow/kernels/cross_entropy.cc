// The operation UnrollCrossEntropy: softmax, its loss, and its gradient with the sum of that over the rows, in one pass over
// the logits.
//
// Inputs: logits [rows, classes], float32; targets [rows], int32, -1 where there is none; a scalar that the gradient is divided
// by. Outputs: the sum of the losses in nats; the gradient [rows, classes], in the memory of the logits where nothing else reads
// them; its sum over the rows [classes]; of how many targets the largest logit, the first of equals, is right.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "column_sums.h"
#include "elementary.h"
#include "kernel.h"
#include "lanes.h"

namespace unroll {
namespace {

constexpr int64_t kChains = 16;  // of a sum, whatever the vectors of the target

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

/// e^(x - top) of each number, none of which is larger than `top`, and their sum.
float exponentials(const float* x, float top, int64_t count, float* to) {
  Lanes sums[kChains / kLanes] = {};
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains)
    for (int v = 0; v < kChains / kLanes; ++v) {
      const int64_t at = i + v * kLanes;
      const Lanes power = exponentialUpToOne(loadLanes(x + at) - top);
      storeLanes(to + at, power);
      sums[v] += power;
    }
  double sum = 0;
  for (const Lanes& each : sums)
    for (int j = 0; j < kLanes; ++j) sum += each[j];
  for (; i < count; ++i) sum += to[i] = exponentialUpToOne(x[i] - top);
  return static_cast<float>(sum);
}

/// Of one row with a target.
struct Answer {
  double loss;
  bool isRight;
};

/// @param d Where the gradient is written, divided by `divisor`; may be `o`.
Answer answerRow(const float* o, int32_t target, float divisor, int64_t classes, float* d) {
  const float top = largest(o, classes);
  const float margin = o[target] - top;
  const bool isRight = o[target] == top && std::find(o, o + target, top) == o + target;
  const float sum = exponentials(o, top, classes, d);  // from here on there may be no logits
  const float own = d[target];
  const float scale = 1.0f / sum / divisor;
  for (int64_t c = 0; c < classes; ++c) d[c] *= scale;
  d[target] = (own / sum - 1.0f) / divisor;
  return {std::log(sum) - margin, isRight};
}

void compute(const CrossEntropy& self, Call& call) {
  const auto [rows, classes] = self;
  float* gradient = call.outputInPlace(1, 0, {rows, classes});
  const float* logits = call.input<float>(0, rows * classes);
  const int32_t* targets = call.input<int32_t>(1, rows);
  const float divisor = *call.input(2, 1);
  double loss = 0;
  int64_t correct = 0;
  ColumnSums sums(classes);
  for (int64_t begin = 0; begin < rows; begin += ColumnSums::kTogether) {
    const int64_t end = std::min(rows, begin + ColumnSums::kTogether);
    for (int64_t r = begin; r < end; ++r) {
      float* d = gradient + r * classes;
      const int32_t target = targets[r];
      if (target < 0 || target >= classes) {
        std::fill(d, d + classes, 0.0f);
        continue;
      }
      const Answer answer = answerRow(logits + r * classes, target, divisor, classes, d);
      loss += answer.loss;
      correct += answer.isRight;
    }
    sums.add(gradient + begin * classes, end - begin);  // while they are in the second cache
  }
  *call.output(0, {}) = static_cast<float>(loss);
  sums.write(call.output(2, {classes}));
  *call.output(3, {}) = static_cast<float>(correct);
}

const bool kRegistered = registerOperation<CrossEntropy, create, compute>(
    "UnrollCrossEntropy", {"logits: float", "targets: int32", "divisor: float"},
    {"loss: float", "gradient: float", "sums: float", "correct: float"}, {"rows: int", "classes: int"});

}  // namespace
}  // namespace unroll
