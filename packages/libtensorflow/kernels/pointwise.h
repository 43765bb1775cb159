// Instructions on elements, row by row of a range of rows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "elementary.h"
#include "lanes.h"
#include "matrix.h"
#include "scan_program.h"

namespace unroll {

struct Rows {
  int64_t begin, end, columns;
};

template <class F>
void unary(F f, float* d, int64_t ldd, Matrix a, Rows rows) {
  const int64_t columns = rows.columns;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    float* to = d + r * ldd;
    const float* x = a.at + r * a.rowStride;
    if (a.columnStride == 0) {
      std::fill(to, to + columns, f(x[0]));
      continue;
    }
#pragma GCC ivdep
    for (int64_t c = 0; c < columns; ++c) to[c] = f(x[c]);
  }
}

template <class F>
void binary(F f, float* d, int64_t ldd, Matrix a, Matrix b, Rows rows) {
  const int64_t columns = rows.columns;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    float* to = d + r * ldd;
    const float* x = a.at + r * a.rowStride;
    const float* y = b.at + r * b.rowStride;
    if (a.columnStride && b.columnStride) {
#pragma GCC ivdep
      for (int64_t c = 0; c < columns; ++c) to[c] = f(x[c], y[c]);
    } else if (a.columnStride) {
      const float value = y[0];
#pragma GCC ivdep
      for (int64_t c = 0; c < columns; ++c) to[c] = f(x[c], value);
    } else if (b.columnStride) {
      const float value = x[0];
#pragma GCC ivdep
      for (int64_t c = 0; c < columns; ++c) to[c] = f(value, y[c]);
    } else {
      std::fill(to, to + columns, f(x[0], y[0]));
    }
  }
}

/// d = a ? b : c. What is not chosen has no influence.
inline void choose(float* d, int64_t ldd, Matrix a, Matrix b, Matrix c, Rows rows) {
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    float* to = d + r * ldd;
    const float* condition = a.at + r * a.rowStride;
    const float* yes = b.at + r * b.rowStride;
    const float* no = c.at + r * c.rowStride;
    if (a.columnStride == 0) {
      const float* chosen = condition[0] != 0.0f ? yes : no;
      const int64_t stride = condition[0] != 0.0f ? b.columnStride : c.columnStride;
      if (stride == 0)
        std::fill(to, to + rows.columns, chosen[0]);
      else
        std::copy(chosen, chosen + rows.columns, to);
      continue;
    }
    for (int64_t i = 0; i < rows.columns; ++i) {
      const float x = yes[i * b.columnStride], y = no[i * c.columnStride];
      to[i] = condition[i] != 0.0f ? x : y;
    }
  }
}

/// Sum of f of the elements in float64. 32 chains, enough to hide the latency of an addition, always added up in the same
/// order: pair by pair, which takes 5 additions one after the other instead of 32, as many rows are short.
template <class F>
double sumOver(F f, const float* x, int64_t stride, int64_t count) {
  constexpr int kChains = 32;
  if (stride == 0) return f(x[0]) * count;
  double sums[kChains] = {};
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains)
    for (int j = 0; j < kChains; ++j) sums[j] += f(x[i + j]);
  for (; i < count; ++i) sums[i % kChains] += f(x[i]);
#pragma GCC unroll 5
  for (int half = kChains / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) sums[j] += sums[j + half];
  return sums[0];
}

/// The range of float64 holds the square of every float32: nothing is scaled.
inline double sumOfSquares(const float* x, int64_t stride, int64_t count) {
  return sumOver([](double v) { return v * v; }, x, stride, count);
}

inline double sumOf(const float* x, int64_t stride, int64_t count) {
  return sumOver([](double v) { return v; }, x, stride, count);
}

inline float log10OfRoot(double squares) { return static_cast<float>(0.5 * std::log10(squares)); }

/// Sum of squares in float32: a third of the time that float64 takes. 64 chains, whatever the vectors of the target.
inline float sumOfSquaresInFloat32(const float* x, int64_t count) {
  constexpr int kChains = 64, kVectors = kChains / kLanes;
  Lanes sums[kVectors] = {};
  const auto add = [&sums](const float* from) {
    for (int v = 0; v < kVectors; ++v) {
      const Lanes own = loadLanes(from + v * kLanes);
      sums[v] += own * own;
    }
  };
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains) add(x + i);
  if (i < count) {
    float rest[kChains] = {};
    std::copy(x + i, x + count, rest);
    add(rest);
  }
  for (int half = kVectors / 2; half > 0; half /= 2)
    for (int v = 0; v < half; ++v) sums[v] += sums[v + half];
  Lanes sum = sums[0];
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) sum[j] += sum[j + half];
  return sum[0];
}

/// log10 of the norm of numbers that lie side by side, to 2e-7 before it is rounded. What float32 cannot hold the squares of is
/// added up again in float64: then the sum is 0, Inf or NaN, or so small that squares that count may be missing in it.
inline float log10OfNorm(const float* x, int64_t count) {
  constexpr int64_t kTogether = 2048;  // of more, a chain would lose digits
  double squares = 0;
  for (int64_t begin = 0; begin < count; begin += kTogether)
    squares += sumOfSquaresInFloat32(x + begin, std::min(kTogether, count - begin));
  return log10OfRoot(squares > 1e-20 && squares < 1e38 ? squares : sumOfSquares(x, 1, count));
}

inline bool liesSideBySide(Matrix a, Rows rows) { return a.rowStride == rows.columns && a.columnStride == 1; }

inline double sumOfSquares(Matrix a, Rows rows) {
  if (liesSideBySide(a, rows))
    return sumOfSquares(a.at + rows.begin * a.rowStride, 1, (rows.end - rows.begin) * rows.columns);
  double sum = 0;
  for (int64_t r = rows.begin; r < rows.end; ++r)
    sum += sumOfSquares(a.at + r * a.rowStride, a.columnStride, rows.columns);
  return sum;
}

inline float log10OfNorm(Matrix a, Rows rows) {
  return liesSideBySide(a, rows)
             ? log10OfNorm(a.at + rows.begin * a.rowStride, (rows.end - rows.begin) * rows.columns)
             : log10OfRoot(sumOfSquares(a, rows));
}

inline float sumOf(Matrix a, Rows rows) {
  double sum = 0;
  for (int64_t r = rows.begin; r < rows.end; ++r)
    for (int64_t c = 0; c < rows.columns; ++c) sum += a.at[r * a.rowStride + c * a.columnStride];
  return static_cast<float>(sum);
}

/// One instruction, but for products, on a range of rows.
inline void compute(const Instruction& i, float* d, Matrix a, Matrix b, Matrix c, Rows rows) {
  const int64_t ldd = i.d.rowStride;
  const float number = i.number;
  switch (i.code) {
    case Code::kCopy:
      return unary([](float x) { return x; }, d, ldd, a, rows);
    case Code::kAdd:
      return binary([](float x, float y) { return x + y; }, d, ldd, a, b, rows);
    case Code::kSub:
      return binary([](float x, float y) { return x - y; }, d, ldd, a, b, rows);
    case Code::kMul:
      return binary([](float x, float y) { return x * y; }, d, ldd, a, b, rows);
    case Code::kDiv:
      return binary([](float x, float y) { return x / y; }, d, ldd, a, b, rows);
    case Code::kMaximum:
      return binary([](float x, float y) { return x != x || x > y ? x : y; }, d, ldd, a, b, rows);
    case Code::kLess:
      return binary([](float x, float y) { return x < y ? 1.0f : 0.0f; }, d, ldd, a, b, rows);
    case Code::kSelect:
      return choose(d, ldd, a, b, c, rows);
    case Code::kSquare:
      return unary([](float x) { return x * x; }, d, ldd, a, rows);
    case Code::kSqrt:
      return unary([](float x) { return std::sqrt(x); }, d, ldd, a, rows);
    case Code::kAbs:
      return unary([](float x) { return std::fabs(x); }, d, ldd, a, rows);
    case Code::kExp:
      return unary(exponential, d, ldd, a, rows);
    case Code::kExponent:
      return unary([](float x) { return x - x == 0.0f && x != 0.0f ? static_cast<float>(std::ilogb(x)) : 0.0f; }, d, ldd, a,
                   rows);
    case Code::kExp2:
      return unary([](float x) { return std::ldexp(1.0f, static_cast<int>(x)); }, d, ldd, a, rows);
    case Code::kSoftplus:
      return unary(softplus, d, ldd, a, rows);
    case Code::kScale:
      return unary([number](float x) { return x * number; }, d, ldd, a, rows);
    case Code::kIsFinite:
      return unary([](float x) { return x - x == 0.0f ? 1.0f : 0.0f; }, d, ldd, a, rows);
    case Code::kClamp:
      return unary([number](float x) { return x > number ? number : x < -number ? -number : x; }, d, ldd, a, rows);
    case Code::kSigmoid:
      return unary(logistic, d, ldd, a, rows);
    case Code::kTanh:
      return unary(hyperbolicTangent, d, ldd, a, rows);
    case Code::kRelu:
      return unary([](float x) { return x < 0.0f ? 0.0f : x; }, d, ldd, a, rows);
    case Code::kSigmoidGrad:
      return binary([](float y, float dy) { return dy * y * (1.0f - y); }, d, ldd, a, b, rows);
    case Code::kTanhGrad:
      return binary([](float y, float dy) { return dy * (1.0f - y * y); }, d, ldd, a, b, rows);
    case Code::kReluGrad:
      return binary([](float y, float dy) { return y > 0.0f ? dy : y != y ? y : 0.0f; }, d, ldd, a, b, rows);
    case Code::kRowNorms:
      for (int64_t r = rows.begin; r < rows.end; ++r)
        d[r * ldd] = static_cast<float>(std::sqrt(sumOfSquares(a.at + r * a.rowStride, a.columnStride, rows.columns)));
      return;
    case Code::kRowMeans:
      for (int64_t r = rows.begin; r < rows.end; ++r)
        d[r * ldd] = static_cast<float>(sumOf(a.at + r * a.rowStride, a.columnStride, rows.columns) / rows.columns);
      return;
    case Code::kNorm:
      *d = static_cast<float>(std::sqrt(sumOfSquares(a, rows)));
      return;
    case Code::kLog10Norm:
      *d = log10OfNorm(a, rows);
      return;
    case Code::kSum:
      *d = sumOf(a, rows);
      return;
    case Code::kMultiply:
      return;
  }
}

}  // namespace unroll
