// The operation UnrollAdam: an update by Adam or AdamW (packages/bptt/src/optimizers/adam.ts, update.ts) in one pass. The program
// of a scan would do it too, but its instructions wait for memory one after the other: 10 % of a step with many weights.
//
// Inputs: parameter, gradient, m and v [count], float32; scalars: stepSize, rootScale, kept (what AdamW leaves of a parameter,
// else 1), both factors of the clipping (else 1), may (0: all stay as they are). Outputs: parameter, m and v [count].
// `constants`: β1, 1-β1, β2, 1-β2, ε, the largest element of a gradient that counts (Inf: all do), the decay that is part of the
// gradient.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#include "kernel.h"

namespace unroll {
namespace {

struct Adam {
  int64_t count;
  std::vector<float> constants;
};

std::unique_ptr<Adam> create(Construction& construction) {
  return std::make_unique<Adam>(Adam{construction.integer("count"), construction.floats("constants")});
}

struct Weights {
  float *parameter, *m, *v;
};

constexpr int64_t kBlock = 512;  // numbers computed before they are stored past the caches
/// Numbers of a tensor that is stored past the caches, and more: they would not keep it until it is read, but read it first.
#if defined(__AVX__)
constexpr int64_t kStreamed = 512 * 1024;
#else
constexpr int64_t kStreamed = std::numeric_limits<int64_t>::max();
#endif

/// Products and sums are rounded apart, as by the other engines, whatever the processor.
template <bool bounded, bool decays>
__attribute__((optimize("fp-contract=off"))) void update(const Adam& self, const float* scalars, const float* p,
                                                         const float* gradient, const float* m, const float* v,
                                                         const Weights& to, int64_t count) {
  const float beta1 = self.constants[0], new1 = self.constants[1], beta2 = self.constants[2], new2 = self.constants[3],
              epsilon = self.constants[4], largest = self.constants[5], decay = self.constants[6];
  const float stepSize = scalars[0], rootScale = scalars[1], kept = scalars[2], first = scalars[3], second = scalars[4];
  float *parameter = to.parameter, *nextM = to.m, *nextV = to.v;
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) {
    float g = gradient[i] * first * second;
    if constexpr (bounded) g = std::fabs(g) < largest ? g : g - g;
    if constexpr (decays) g += p[i] * decay;
    const float m1 = m[i] * beta1 + g * new1, v1 = v[i] * beta2 + g * g * new2;
    nextM[i] = m1;
    nextV[i] = v1;
    parameter[i] = p[i] * kept - m1 * stepSize / (std::sqrt(v1) * rootScale + epsilon);
  }
}

using Update = decltype(&update<false, false>);

Update updateOf(const Adam& self) {
  const bool bounded = self.constants[5] < std::numeric_limits<float>::infinity(), decays = self.constants[6] != 0;
  if (bounded) return decays ? update<true, true> : update<true, false>;
  return decays ? update<false, true> : update<false, false>;
}

/// Copies past the caches. Both must lie at multiples of 32 bytes, as tensors do. `seen` must follow.
void stream(const float* from, float* to, int64_t count) {
  int64_t i = 0;
#if defined(__AVX__)
  for (; i + 8 <= count; i += 8) _mm256_stream_ps(to + i, _mm256_load_ps(from + i));
#endif
  std::copy(from + i, from + count, to + i);
}

/// Has other threads see what was stored past the caches.
void seen() {
#if defined(__AVX__)
  _mm_sfence();
#endif
}

void compute(const Adam& self, Call& call) {
  const int64_t count = self.count;
  const float* inputs[4];
  for (int i = 0; i < 4; ++i) inputs[i] = call.input(i, count);
  float scalars[6];
  for (int i = 0; i < 6; ++i) scalars[i] = *call.input(4 + i, 1);
  const Weights to{call.output(0, {count}), call.output(1, {count}), call.output(2, {count})};
  const auto [p, gradient, m, v] = inputs;
  if (scalars[5] == 0.0f) {
    std::copy(p, p + count, to.parameter);
    std::copy(m, m + count, to.m);
    std::copy(v, v + count, to.v);
    return;
  }
  const Update update = updateOf(self);
  if (count < kStreamed) return update(self, scalars, p, gradient, m, v, to, count);
  alignas(64) float parameter[kBlock], nextM[kBlock], nextV[kBlock];
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t n = std::min(kBlock, count - begin);
    update(self, scalars, p + begin, gradient + begin, m + begin, v + begin, {parameter, nextM, nextV}, n);
    stream(parameter, to.parameter + begin, n);
    stream(nextM, to.m + begin, n);
    stream(nextV, to.v + begin, n);
  }
  seen();
}

const bool kRegistered = registerOperation<Adam, create, compute>(
    "UnrollAdam",
    {"parameter: float", "gradient: float", "m: float", "v: float", "step_size: float", "root_scale: float", "kept: float",
     "first: float", "second: float", "may: float"},
    {"next_parameter: float", "next_m: float", "next_v: float"}, {"count: int", "constants: list(float)"});

}  // namespace
}  // namespace unroll
