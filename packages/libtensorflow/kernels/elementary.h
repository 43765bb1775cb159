// Elementary functions in float32 as plain arithmetic, so that the compiler makes vector loops of them. Inf and NaN are
// data: every branch is written so that NaN stays NaN. Errors are within a few units in the last place.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace unroll {

/// 2^n for n in [-126, 127].
inline float powerOfTwo(int32_t n) { return __builtin_bit_cast(float, (n + 127) << 23); }

/// e^r for r in [-ln2/2, ln2/2], by the polynomial of Cephes. X is float, or a vector of them.
template <class X>
X exponentialNearZero(X r) {
  X p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r) + r + 1.0f;
}

/// e^x = power · 2^n with power = e^r, r in [-ln2/2, ln2/2].
struct Reduced {
  float power;
  int32_t n;
};

/// 1.5 · 2^23 is added to x/ln2, which leaves no room for a fraction: the low bits of the
/// sum are n.
inline Reduced reduce(float x) {
  constexpr float kShift = 12582912.0f;
  const float shifted = x * 1.44269504088896341f + kShift;
  const float rounded = shifted - kShift;
  const float r = (x - rounded * 0.693359375f) + rounded * 2.12194440e-4f;
  const int32_t n = __builtin_bit_cast(int32_t, shifted) - __builtin_bit_cast(int32_t, kShift);
  return {exponentialNearZero(r), n};  // n of NaN: any, as the power is NaN
}

/// e^x; 2^n in two factors, so that the ends of the range become Inf and denormal numbers as they should.
inline float exponential(float x) {
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  const auto [power, n] = reduce(x);
  const int32_t half = n >> 1;
  return power * powerOfTwo(half) * powerOfTwo(n - half);
}

/// e^x for x up to 0, in half the operations of `exponential`: what is less than the smallest normal number is 0. With 127
/// added as well, the low bits of the sum are those of the exponent of 2^n.
template <class X>
X exponentialUpToOne(X x) {
  constexpr float kShift = 12582912.0f + 127.0f;
  using Bits = std::conditional_t<std::is_same_v<X, float>, int32_t, decltype(X{} < X{})>;
  const X shifted = x * 1.44269504088896341f + kShift;
  const X n = shifted - kShift;
  const X r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const X power = exponentialNearZero(r) * __builtin_bit_cast(X, __builtin_bit_cast(Bits, shifted) << 23);
  return x < -87.33654f ? X{} : power;
}

/// 1 / (1 + e^-x). Within these ends 2^n is a number of its own; behind them the result is 1, or stays at 6e-39.
inline float logistic(float x) {
  float y = -x < -87.0f ? -87.0f : -x;
  y = y > 88.0f ? 88.0f : y;
  const auto [power, n] = reduce(y);
  return 1.0f / (1.0f + power * powerOfTwo(n));
}

/// Rational approximation on [-8, 8], where tanh has become ±1 to float32 (the one Eigen uses).
inline float hyperbolicTangent(float x) {
  float c = x < -7.99881172180175781f ? -7.99881172180175781f : x;
  c = c > 7.99881172180175781f ? 7.99881172180175781f : c;
  const float s = c * c;
  float p = -2.76076847742355e-16f;
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  const float ratio = c * p / q;
  return std::fabs(x) < 0.0004f ? x : ratio;
}

/// a b + c, rounded once where the target can. A product that is added would be fused by the compiler or not as it likes: in
/// loops of vectors otherwise than for what is left at the end of a row, so that a number would depend on its place.
inline float fused(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// log(w) for w in [1, 2] (Cephes).
inline float logarithm(float w) {
  const bool isHigh = w > 1.41421356237f;
  const float x = (isHigh ? 0.5f * w : w) - 1.0f;
  const float whole = isHigh ? 1.0f : 0.0f;
  const float z = x * x;
  float p = 7.0376836292e-2f;
  p = p * x - 1.1514610310e-1f;
  p = p * x + 1.1676998740e-1f;
  p = p * x - 1.2420140846e-1f;
  p = p * x + 1.4249322787e-1f;
  p = p * x - 1.6668057665e-1f;
  p = p * x + 2.0000714765e-1f;
  p = p * x - 2.4999993993e-1f;
  p = p * x + 3.3333331174e-1f;
  const float rest = fused(-0.5f, z, fused(p * x, z, -2.12194440e-4f * whole));
  return fused(0.693359375f, whole, x + rest);
}

/// log(1 + e^x) = max(x, 0) + log(1 + u), u = e^-|x|: the logarithm of w = 1 + u, times u/(w-1), which makes up for what is lost
/// of u in w (Kahan); u itself where all of it is lost.
inline float softplus(float x) {
  const float u = exponential(-std::fabs(x));
  const float above = x < 0.0f ? 0.0f : x;
  const float w = 1.0f + u;
  const float seen = w - 1.0f;
  const bool isLost = seen == 0.0f;
  return fused(isLost ? 1.0f : logarithm(w), isLost ? u : u / seen, above);
}

}  // namespace unroll
