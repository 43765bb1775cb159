// The program of a scan: what one step of a recurrence does, as instructions on matrices. Written by
// packages/engines/src/tensorflow/scan/program.ts, whose numbers these are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "scan_codes.h"

namespace unroll {

/// Where the matrices of a slot lie. A series has one matrix a step.
enum class Place : int32_t { kScratch, kFixed, kSeries, kKept, kCarry, kNumbers };

struct Slot {
  Place place;
  int32_t index;  // of the input or output; kCarry: of the input, and of the output in `output`
  int32_t output;
  int64_t rows, columns;
};

/// Elements of a slot: row r, column c is at offset + r * rowStride + c * columnStride.
struct View {
  int32_t slot;  // -1: none
  int64_t offset, rowStride, columnStride;
};

inline bool operator==(const View& x, const View& y) {
  return x.slot == y.slot && x.offset == y.offset && x.rowStride == y.rowStride && x.columnStride == y.columnStride;
}

struct Instruction {
  Code code;
  int64_t rows, columns;  // of the result; of a reduction: of the operand
  int64_t inner;          // kMultiply
  float number;           // kScale, kClamp
  View d, a, b, c;
  bool isFlat;  // whether its rows lie one after another in all its views, or are one number
};

/// Whether an instruction needs its operands whole; others go row by row.
inline bool isWhole(Code code) {
  return code == Code::kMultiply || code == Code::kNorm || code == Code::kLog10Norm || code == Code::kSum;
}

inline bool isFlatIn(const View& view, int64_t columns) {
  const bool isNumber = view.rowStride == 0 && view.columnStride == 0;
  return view.slot < 0 || isNumber || (view.columnStride == 1 && view.rowStride == columns);
}

/// Where a carry's next value is.
struct Handover {
  int32_t slot;
  View from;
  bool swaps;  // whether that is a whole slot of scratch that is no other carry's: the two change places
};

struct Program {
  std::vector<Slot> slots;
  std::vector<Instruction> instructions;
  std::vector<Handover> handovers;
};

/// Reads numbers one by one.
class Reader {
 public:
  Reader(const std::vector<int64_t>& numbers, const std::vector<float>& constants)
      : numbers_(numbers), constants_(constants) {}

  Program program() {
    Program program;
    program.slots.resize(next());
    for (Slot& slot : program.slots) {
      slot.place = static_cast<Place>(next());
      slot.index = next(), slot.output = next(), slot.rows = next(), slot.columns = next();
    }
    program.instructions.resize(next());
    for (Instruction& instruction : program.instructions) {
      instruction.code = code();
      instruction.rows = next(), instruction.columns = next(), instruction.inner = next();
      instruction.number = constants_.at(next());
      instruction.d = view(), instruction.a = view(), instruction.b = view(), instruction.c = view();
      instruction.isFlat = instruction.code != Code::kRowNorms && instruction.code != Code::kRowMeans;
      for (const View* view : {&instruction.d, &instruction.a, &instruction.b, &instruction.c})
        instruction.isFlat = instruction.isFlat && isFlatIn(*view, instruction.columns);
    }
    program.handovers.resize(next());
    for (Handover& handover : program.handovers) handover.slot = next(), handover.from = view();
    for (Handover& handover : program.handovers) handover.swaps = swaps(program, handover);
    if (at_ != numbers_.size()) throw std::out_of_range("a program must end where its numbers do");
    return program;
  }

 private:
  /// Errors: out_of_range for a number that is no code's: the kernel is older or newer than the program.
  Code code() {
    const int64_t number = next();
    if (number < 0 || number >= kCodes) throw std::out_of_range("a program must have codes that the kernel knows");
    return static_cast<Code>(number);
  }
  int64_t next() { return numbers_.at(at_++); }
  View view() {
    View view;
    view.slot = next(), view.offset = next(), view.rowStride = next(), view.columnStride = next();
    return view;
  }

  static bool swaps(const Program& program, const Handover& handover) {
    const View& from = handover.from;
    const Slot &to = program.slots[handover.slot], &made = program.slots[from.slot];
    const bool isWhole = made.place == Place::kScratch && made.rows == to.rows && made.columns == to.columns;
    const auto isFromThere = [&](const Handover& other) { return other.from.slot == from.slot; };
    return isWhole && from == View{from.slot, 0, to.columns, 1} &&
           std::count_if(program.handovers.begin(), program.handovers.end(), isFromThere) == 1;
  }

  const std::vector<int64_t>& numbers_;
  const std::vector<float>& constants_;
  size_t at_ = 0;
};

}  // namespace unroll
