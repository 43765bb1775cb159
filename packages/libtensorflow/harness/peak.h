// As many multiply-adds as a core can do: chains that depend on nothing but themselves and stay in registers.
#pragma once

#include "products.h"

namespace unroll {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kChains = 24;
#else
constexpr int kChains = 12;
#endif

/// `count` multiply-adds of each of kChains vectors, which lie side by side in `sums`.
__attribute__((noipa)) inline void chains(int64_t count, float factor, float term, float* sums) {
  Lanes sum[kChains];
#pragma GCC unroll 24
  for (int i = 0; i < kChains; ++i) sum[i] = loadLanes(sums + i * kLanes);
  const Lanes factors = Lanes{} + factor, terms = Lanes{} + term;
  for (int64_t n = 0; n < count; ++n)
#pragma GCC unroll 24
    for (int i = 0; i < kChains; ++i) sum[i] = sum[i] * factors + terms;
#pragma GCC unroll 24
  for (int i = 0; i < kChains; ++i) storeLanes(sums + i * kLanes, sum[i]);
}

}  // namespace unroll
