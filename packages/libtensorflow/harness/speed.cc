// Measures, in GFLOP/s, what one thread attains. Reads one request a line and answers each by one line:
//   lanes                                      numbers in a vector
//   peak SECONDS                               multiply-adds that stay in registers
//   product ROWS INNER COLUMNS PACK SECONDS    a product; PACK 1: the weights are packed for it, 0: once for many
// A rate is the best of many readings of the clock, so that what else the machine does counts little.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "peak.h"
#include "products.h"

namespace {

constexpr double kReading = 3e-4;  // seconds that one reading of the clock takes at least

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The operations a second of the fastest of many calls of `call`, which computes `operations`.
template <class Call>
double best(double operations, double seconds, Call call) {
  double once = now();
  call();
  once = now() - once;
  const int64_t calls = once < kReading ? static_cast<int64_t>(kReading / (once + 1e-9)) + 1 : 1;
  double least = once;
  for (double end = now() + seconds, start = now(); start < end;) {
    for (int64_t n = 0; n < calls; ++n) call();
    const double after = now();
    least = std::min(least, (after - start) / calls);
    start = after;
  }
  return operations / least / 1e9;
}

double peak(double seconds) {
  constexpr int64_t kCount = 4096;
  std::vector<float> sums(unroll::kChains * unroll::kLanes, 1.5f);
  return best(2.0 * unroll::kChains * unroll::kLanes * kCount, seconds, [&] { unroll::chains(kCount, 0.5f, 1.0f, sums.data()); });
}

double product(int64_t rows, int64_t inner, int64_t columns, bool pack, double seconds) {
  const std::vector<float> a(rows * inner, 0.5f), w(inner * columns, 0.5f);
  std::vector<float> c(rows * columns), memory(unroll::packedSize(inner, columns) + 16);
  float* packed = memory.data();
  while (reinterpret_cast<uintptr_t>(packed) % 64) ++packed;  // as a scan packs
  unroll::packWeights({w.data(), columns, 1}, inner, columns, packed);
  return best(2.0 * rows * inner * columns, seconds, [&] {
    if (pack) unroll::packWeights({w.data(), columns, 1}, inner, columns, packed);
    const unroll::Term term{a.data(), inner, packed, inner};
    unroll::multiply(&term, 1, nullptr, 0, c.data(), columns, rows, columns);
  });
}

}  // namespace

int main() {
  char line[256];
  while (std::fgets(line, sizeof line, stdin)) {
    long rows, inner, columns;
    int pack;
    double seconds;
    if (std::strcmp(line, "lanes\n") == 0)
      std::printf("%d\n", unroll::kLanes);
    else if (std::sscanf(line, "peak %lf", &seconds) == 1)
      std::printf("%.3f\n", peak(seconds));
    else if (std::sscanf(line, "product %ld %ld %ld %d %lf", &rows, &inner, &columns, &pack, &seconds) == 5)
      std::printf("%.3f\n", product(rows, inner, columns, pack, seconds));
    else
      return std::fprintf(stderr, "Cannot read %s", line), 2;
    std::fflush(stdout);
  }
}
