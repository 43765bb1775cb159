// Compares elementary functions and instructions on elements with float64. Prints how many numbers it looked at, and exits
// with 1 when one is wrong.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "pointwise.h"

namespace {

using namespace unroll;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallest = std::numeric_limits<float>::min();  // below it numbers may be taken for 0

int64_t looked = 0, wrong = 0;

void expect(bool right, const char* what, double at, double found, double wanted) {
  ++looked;
  if (right) return;
  if (++wrong < 10) std::printf("wrong: %s of %.9g is %.9g, must be %.9g\n", what, at, found, wanted);
}

/// Whether two numbers are the same but for `units` in the last place of a float.
bool near(float found, double wanted, int units) {
  if (std::isnan(wanted)) return std::isnan(found);
  if (std::isinf(static_cast<float>(wanted))) return found == static_cast<float>(wanted);
  return std::fabs(found - wanted) <= units * std::fabs(wanted) * 0x1p-23 + kSmallest;
}

struct Function {
  const char* name;
  float (*ours)(float);
  double (*exact)(double);
  int units;
};

const Function kFunctions[] = {
    {"exponential", exponential, [](double x) { return std::exp(x); }, 2},
    {"exponentialUpToOne", [](float x) { return exponentialUpToOne(x > 0 ? 0 : x); },
     [](double x) { return x > 0 ? 1 : std::exp(x); }, 2},
    {"logistic", logistic, [](double x) { return 1 / (1 + std::exp(-x)); }, 3},
    {"hyperbolicTangent", hyperbolicTangent, [](double x) { return std::tanh(x); }, 4},
    {"softplus", softplus, [](double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }, 3},
};

void checkFunctions() {
  for (const Function& f : kFunctions) {
    const auto check = [&](float x) { expect(near(f.ours(x), f.exact(x), f.units), f.name, x, f.ours(x), f.exact(x)); };
    for (int i = -120000; i <= 120000; ++i) check(i * 1e-3f);
    for (float x = 1e-30f; x < 1; x *= 1.7f) check(x), check(-x);
    for (float x : {0.0f, -0.0f, kInf, -kInf, kNan, 88.7f, 88.8f, -87.3f, -104.1f, 3e38f, -3e38f}) check(x);
  }
}

/// Numbers whose squares float32 does not hold, and rows of every length around the number of chains.
void checkNorms() {
  for (float size : {1e-30f, 1e-11f, 1.0f, 1e18f, 1e30f})
    for (int64_t count = 0; count <= 5000; count += count < 150 ? 1 : 97) {
      std::vector<float> x(count);
      double squares = 0;
      for (int64_t i = 0; i < count; ++i) x[i] = size * (1 + i % 7), squares += double(x[i]) * x[i];
      const double found = sumOfSquares(x.data(), 1, count);
      expect(std::fabs(found - squares) <= 1e-13 * squares, "sumOfSquares", count, found, squares);
      const double wanted = 0.5 * std::log10(squares), norm = log10OfNorm(x.data(), count);
      expect(norm == wanted || near(norm, wanted, 1) || std::fabs(norm - wanted) < 2e-7, "log10OfNorm", count, norm, wanted);
    }
  for (float odd : {kInf, kNan, 3e38f, 0.0f}) {
    std::vector<float> x(130, 0.0f);
    x[129] = odd;
    const double wanted = odd == 0 ? -kInf : std::log10(odd);
    expect(near(log10OfNorm(x.data(), x.size()), wanted, 1), "log10OfNorm", odd, log10OfNorm(x.data(), x.size()), wanted);
  }
  const float three = 3;
  expect(sumOfSquares(&three, 0, 5) == 45, "sumOfSquares of one number", 5, sumOfSquares(&three, 0, 5), 45);
  expect(log10OfRoot(0) == -kInf, "log10OfRoot", 0, log10OfRoot(0), -kInf);
  expect(near(log10OfRoot(1e40), 20, 1), "log10OfRoot", 1e40, log10OfRoot(1e40), 20);
}

struct Binary {
  const char* name;
  Code code;
  double (*exact)(double, double);
};

const Binary kBinaries[] = {
    {"add", Code::kAdd, [](double x, double y) { return x + y; }},
    {"sub", Code::kSub, [](double x, double y) { return x - y; }},
    {"mul", Code::kMul, [](double x, double y) { return x * y; }},
    {"div", Code::kDiv, [](double x, double y) { return x / y; }},
    {"maximum", Code::kMaximum, [](double x, double y) { return x != x ? x : y != y ? y : std::fmax(x, y); }},
    {"less", Code::kLess, [](double x, double y) { return double(x < y); }},
    {"sigmoidGrad", Code::kSigmoidGrad, [](double y, double dy) { return dy * y * (1 - y); }},
    {"tanhGrad", Code::kTanhGrad, [](double y, double dy) { return dy * (1 - y * y); }},
    {"reluGrad", Code::kReluGrad, [](double y, double dy) { return y > 0 ? dy : y != y ? y : 0; }},
};

constexpr int64_t kRows = 3, kColumns = 9;
const float kValues[] = {0.5f, -2, 0, 1, 3, kInf, -kInf, kNan, 7};

/// A matrix, a row, a column or one number as an operand of a result [rows, columns].
struct Operand {
  std::vector<float> numbers;
  Matrix matrix;
  float at(int64_t r, int64_t c) const { return matrix.at[r * matrix.rowStride + c * matrix.columnStride]; }
};

Operand operand(int64_t rowStride, int64_t columnStride, int64_t shift) {
  Operand made{std::vector<float>(kRows * kColumns), {}};
  for (size_t i = 0; i < made.numbers.size(); ++i) made.numbers[i] = kValues[(i * 5 + shift) % kColumns];
  made.matrix = {made.numbers.data(), rowStride, columnStride};
  return made;
}

const int64_t kStrides[][2] = {{kColumns, 1}, {0, 1}, {1, 0}, {0, 0}};

/// Every instruction of two operands, each of any shape that is broadcast; what lies beside the result is left alone.
void checkInstructions() {
  const int64_t ldd = kColumns + 2;
  for (const Binary& each : kBinaries)
    for (const auto& left : kStrides)
      for (const auto& right : kStrides)
        for (int64_t shift = 0; shift < kColumns; ++shift) {
          const Operand a = operand(left[0], left[1], 0), b = operand(right[0], right[1], shift);
          std::vector<float> d(kRows * ldd, 7);
          Instruction instruction{};
          instruction.code = each.code, instruction.d.rowStride = ldd;
          compute(instruction, d.data(), a.matrix, b.matrix, {}, {1, kRows, kColumns});
          for (int64_t r = 0; r < kRows; ++r)
            for (int64_t c = 0; c < ldd; ++c) {
              const bool isResult = r >= 1 && c < kColumns;
              const double wanted = isResult ? each.exact(a.at(r, c), b.at(r, c)) : 7;
              const float found = d[r * ldd + c];
              expect(near(found, wanted, 1), each.name, isResult ? a.at(r, c) : 0, found, wanted);
            }
        }
}

/// What is not chosen has no influence, not even as NaN.
void checkChoice() {
  for (const auto& condition : kStrides)
    for (const auto& yes : kStrides)
      for (const auto& no : kStrides) {
        const Operand a = operand(condition[0], condition[1], 2), b = operand(yes[0], yes[1], 4),
                      c = operand(no[0], no[1], 7);
        std::vector<float> d(kRows * kColumns);
        choose(d.data(), kColumns, a.matrix, b.matrix, c.matrix, {0, kRows, kColumns});
        for (int64_t r = 0; r < kRows; ++r)
          for (int64_t i = 0; i < kColumns; ++i) {
            const float wanted = a.at(r, i) != 0 ? b.at(r, i) : c.at(r, i), found = d[r * kColumns + i];
            expect(near(found, wanted, 0), "select", a.at(r, i), found, wanted);
          }
      }
}

/// A number does not depend on its place in a row: not on whether it is in a vector, or in what is left behind the last one.
void checkPlaces() {
  constexpr int64_t kCount = 1 << 16;
  std::vector<float> x(kCount), together(kCount), apart(kCount);
  for (int64_t i = 0; i < kCount; ++i) x[i] = (i - kCount / 2) * 3e-4f;
  for (Code code : {Code::kExp, Code::kSoftplus, Code::kSigmoid, Code::kTanh, Code::kSqrt, Code::kSigmoidGrad, Code::kTanhGrad}) {
    Instruction instruction{};
    instruction.code = code, instruction.d.rowStride = kCount;
    const auto fill = [&](std::vector<float>& d, int64_t begin, int64_t columns) {
      const Matrix from{x.data() + begin, kCount, 1};
      compute(instruction, d.data() + begin, from, from, {}, {0, 1, columns});
    };
    fill(together, 0, kCount);
    for (int64_t columns : {1, 2, 3, 5, 7, 9, 15, 33, 40}) {
      for (int64_t begin = 0; begin < kCount; begin += columns) fill(apart, begin, std::min(columns, kCount - begin));
      for (int64_t i = 0; i < kCount; ++i)
        expect(apart[i] == together[i] || (std::isnan(apart[i]) && std::isnan(together[i])), "place", x[i], apart[i], together[i]);
    }
  }
}

}  // namespace

int main() {
  checkFunctions();
  checkPlaces();
  checkNorms();
  checkInstructions();
  checkChoice();
  std::printf("%ld comparisons, %ld wrong\n", long(looked), long(wrong));
  return wrong > 0;
}
