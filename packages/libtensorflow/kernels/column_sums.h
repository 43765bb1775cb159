// Sums over the rows of a matrix.
#pragma once

#include <cstdint>
#include <vector>

namespace unroll {

/// The sum of each column, in float64. Rows are added four at a time, for which the sums are read and written once: the same
/// rows have the same bits, in however many calls they come, if each but the last has a multiple of four.
class ColumnSums {
 public:
  static constexpr int64_t kTogether = 4;

  explicit ColumnSums(int64_t columns) : sums_(columns) {}

  /// Rows [rows, columns] that follow those before.
  void add(const float* x, int64_t rows) {
    const int64_t columns = sums_.size();
    const float* end = x + rows * columns;
    double* sums = sums_.data();
    for (; end - x >= kTogether * columns; x += kTogether * columns)
      for (int64_t c = 0; c < columns; ++c)
        sums[c] += (static_cast<double>(x[c]) + x[columns + c]) +
                   (static_cast<double>(x[2 * columns + c]) + x[3 * columns + c]);
    for (; x < end; x += columns)
      for (int64_t c = 0; c < columns; ++c) sums[c] += x[c];
  }

  void write(float* to) const {
    for (const double sum : sums_) *to++ = static_cast<float>(sum);
  }

 private:
  std::vector<double> sums_;
};

}  // namespace unroll
