// Compares products with float64, at sizes that divide by the tile and at sizes that do not. Prints how many numbers it
// looked at, and exits with 1 when one is wrong, is no chain of multiply-adds in the order of k, or depends on how the rows are
// cut, or a sum over k in terms.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "products.h"

namespace {

using unroll::kColumnRows;
using unroll::kLanes;
using unroll::kNarrow;
using unroll::kPanel;
using unroll::kPanelRows;
using unroll::kVectorRows;

/// Numbers in [-1, 1], the same on every machine.
class Random {
 public:
  float next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(static_cast<int32_t>(state_ >> 32)) * 0x1p-31f;
  }
  std::vector<float> numbers(int64_t count) {
    std::vector<float> numbers(count);
    for (float& number : numbers) number = next();
    return numbers;
  }

 private:
  uint64_t state_ = 1;
};

enum class Init { kNone, kRow, kMatrix };

struct Case {
  int64_t rows, inner, columns;
  Init init;
  bool transposed;
};

int64_t looked = 0, wrong = 0;

void expect(bool right, const Case& c, const char* what) {
  ++looked;
  if (right) return;
  ++wrong;
  std::printf("wrong: %s at rows %ld, inner %ld, columns %ld\n", what, long(c.rows), long(c.inner), long(c.columns));
}

bool same(float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); }

/// c + a * b as the target computes it: rounded once where it has fused multiply-adds.
float multiplyAdd(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return std::fma(a, b, c);
#else
  return c + a * b;
#endif
}

/// C = init + A W in terms of at most `most` of its k.
void multiplyInTerms(const Case& c, int64_t most, const float* a, int64_t lda, const float* w, const float* init,
                     float* result, int64_t ldc) {
  const int64_t strideK = c.transposed ? 1 : c.columns, strideJ = c.transposed ? c.inner : 1;
  std::vector<std::vector<float>> packed;
  std::vector<unroll::Term> terms;
  for (int64_t k = 0; k < c.inner; k += most) {
    const int64_t inner = std::min(most, c.inner - k);
    packed.emplace_back(unroll::packedSize(inner, c.columns));
    unroll::packWeights({w + k * strideK, strideK, strideJ}, inner, c.columns, packed.back().data());
    terms.push_back({a + k, lda, packed.back().data(), inner});
  }
  const int64_t ldi = c.init == Init::kRow ? 0 : c.columns;
  unroll::multiply(terms.data(), terms.size(), init, ldi, result, ldc, c.rows, c.columns);
}

void check(Random& random, const Case& c) {
  const int64_t lda = c.inner + 3, ldc = c.columns + 5, ldi = c.init == Init::kRow ? 0 : c.columns;
  std::vector<float> a = random.numbers(c.rows * lda);
  const std::vector<float> w = random.numbers(c.inner * c.columns), init = random.numbers(c.rows * c.columns);
  const int64_t strideK = c.transposed ? 1 : c.columns, strideJ = c.transposed ? c.inner : 1;
  std::vector<float> together(c.rows * ldc, 7), alone(c.rows * ldc, 7), inTerms(c.rows * ldc, 7);
  const float* start = c.init == Init::kNone ? nullptr : init.data();
  multiplyInTerms(c, c.inner, a.data(), lda, w.data(), start, together.data(), ldc);
  multiplyInTerms(c, (c.inner + 2) / 3, a.data(), lda, w.data(), start, inTerms.data(), ldc);
  Case row = c;
  row.rows = 1;
  for (int64_t r = 0; r < c.rows; ++r)
    multiplyInTerms(row, c.inner, a.data() + r * lda, lda, w.data(), start ? start + r * ldi : nullptr,
                    alone.data() + r * ldc, ldc);
  for (int64_t r = 0; r < c.rows; ++r)
    for (int64_t j = 0; j < ldc; ++j) {
      const float found = together[r * ldc + j];
      expect(same(found, alone[r * ldc + j]), c, "a row by itself has other bits");
      expect(same(found, inTerms[r * ldc + j]), c, "a product in terms has other bits");
      if (j >= c.columns) {
        expect(found == 7, c, "a number beside the result was written");
        continue;
      }
      float chain = start ? start[r * ldi + j] : 0;
      double sum = chain, size = std::fabs(sum);
      for (int64_t k = 0; k < c.inner; ++k) {
        const float left = a[r * lda + k], right = w[k * strideK + j * strideJ];
        chain = multiplyAdd(left, right, chain);
        sum += double(left) * right;
        size += std::fabs(double(left) * right);
      }
      expect(found == chain, c, "not one chain of multiply-adds");
      // Each addition rounds once, without fused multiply-adds twice.
      expect(std::fabs(found - sum) <= 2 * (c.inner + 1) * 0x1p-24 * size, c, "not the product in float64");
    }
}

/// Inf and NaN are data: where float64 has them the product has them, and nowhere else.
void checkSpecial() {
  const Case c{kColumnRows + 1, 3, kPanel + 1, Init::kNone, false};
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> a(c.rows * c.inner, 1), w(c.inner * c.columns, 1);
  a[0] = inf, a[c.inner] = std::nanf(""), a[2 * c.inner] = 0, w[1] = inf;
  std::vector<float> result(c.rows * c.columns);
  multiplyInTerms(c, c.inner, a.data(), c.inner, w.data(), nullptr, result.data(), c.columns);
  for (int64_t r = 0; r < c.rows; ++r)
    for (int64_t j = 0; j < c.columns; ++j) {
      float sum = 0;
      for (int64_t k = 0; k < c.inner; ++k) sum += a[r * c.inner + k] * w[k * c.columns + j];
      expect(same(result[r * c.columns + j], sum), c, "Inf or NaN");
    }
}

}  // namespace

int main() {
  Random random;
  int cases = 0;
  for (int64_t rows : {1, 2, kPanelRows - 1, kPanelRows, kPanelRows + 1, 2 * kPanelRows + 1, kVectorRows, kVectorRows + 1, 33})
    for (int64_t inner : {1, 2, 63, 301})
      for (int64_t columns : {1, kNarrow, kNarrow + 1, kLanes, kPanel - 1, kPanel, kPanel + 1, kPanel + kLanes, 3 * kPanel + 7})
        for (Init init : {Init::kNone, Init::kRow, Init::kMatrix})
          for (bool transposed : {false, true}) check(random, {rows, inner, columns, init, transposed}), ++cases;
  // More rows than are multiplied together, as W stays in the third cache and as it does not.
  for (int64_t columns : {kPanel + 1, 4 * kPanel})
    check(random, {3 * kVectorRows, 5000, columns, Init::kMatrix, false}), ++cases;
  checkSpecial();
  std::printf("%d lanes, %d products, %ld comparisons, %ld wrong\n", unroll::kLanes, cases + 1, long(looked), long(wrong));
  return wrong > 0;
}
