// Vectors of float32: the widest of the target unless a width is given.
#pragma once

#include <cstring>

namespace unroll {

#if defined(__AVX512F__)
#define UNROLL_LANES 16
#elif defined(__AVX__)
#define UNROLL_LANES 8
#else
#define UNROLL_LANES 4
#endif
constexpr int kLanes = UNROLL_LANES;  // numbers in a vector

/// Vectors of L numbers, in registers and in memory at any address.
template <int L>
struct Vector {
  typedef float Lanes __attribute__((vector_size(L * 4)));
  typedef float Anywhere __attribute__((vector_size(L * 4), aligned(4), may_alias));
};
using Lanes = Vector<kLanes>::Lanes;

template <int L = kLanes>
typename Vector<L>::Lanes loadLanes(const float* from) {
  return *reinterpret_cast<const typename Vector<L>::Anywhere*>(from);
}

template <class Lanes>
void storeLanes(float* to, Lanes x) {
  std::memcpy(to, &x, sizeof x);
}

}  // namespace unroll
