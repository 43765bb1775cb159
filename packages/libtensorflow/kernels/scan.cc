// The operation UnrollScan: a recurrence over T steps as one node of a graph. An unrolled graph has tens of nodes a
// step, each of which costs more than the arithmetic of a small step, and takes seconds to compile; a scan has one.
//
// Inputs: what the program names, float32; T is how many steps its series have, the attribute `steps` where there is none.
// Outputs: the kept series [T·rows, columns], then the carries after the last step.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel.h"
#include "pointwise.h"
#include "products.h"
#include "scan_plan.h"
#include "scan_program.h"

namespace unroll {
namespace {

struct Scan {
  Program program;
  std::vector<float> constants;
  int64_t steps;
  bool backwards;
  std::vector<Group> groups;
  std::vector<int64_t> owners;  // of the slots
};

/// Memory of one thread that is kept from run to run.
float* scratch(int64_t count) {
  struct Memory {
    float* at = nullptr;
    int64_t size = 0;
    ~Memory() { std::free(at); }
  };
  thread_local Memory memory;
  if (memory.size < count) {
    std::free(memory.at);
    memory.at = static_cast<float*>(std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64));
    memory.size = memory.at ? count : 0;
  }
  if (!memory.at) throw std::bad_alloc();
  return memory.at;
}

int64_t aligned(int64_t count) { return (count + 15) / 16 * 16; }

/// One run of a scan.
class Run {
 public:
  Run(const Scan& scan, Call& call)
      : scan_(scan),
        slots_(scan.program.slots),
        steps_(countSteps(scan, call)),
        at_(slots_.size()),
        packed_(scan.program.instructions.size()) {
    int64_t size = 0;
    for (size_t s = 0; s < slots_.size(); ++s) size += aligned(scratchOf(s));
    for (const Instruction& i : scan.program.instructions)
      if (i.code == Code::kMultiply) size += aligned(packedSize(i.inner, i.columns));
    float* memory = scratch(size);
    for (size_t s = 0; s < slots_.size(); ++s) {
      place(s, call, memory);
      memory += aligned(scratchOf(s));
    }
    pack(memory);
  }

  void steps() {
    for (int64_t n = 0; n < steps_; ++n) {
      step_ = scan_.backwards ? steps_ - 1 - n : n;
      for (const Group& group : scan_.groups)
        if (scan_.program.instructions[group.first].code == Code::kMultiply)
          product(group);
        else
          together(group);
      for (const Handover& handover : scan_.program.handovers) take(handover);
    }
  }

  void finish(Call& call) {
    for (size_t s = 0; s < slots_.size(); ++s) {
      const Slot& slot = slots_[s];
      if (slot.place != Place::kCarry) continue;
      float* out = call.output(slot.output, {slot.rows, slot.columns});
      std::memcpy(out, at_[s], slot.rows * slot.columns * sizeof(float));
    }
  }

 private:
  static int64_t countSteps(const Scan& scan, Call& call) {
    for (const Slot& slot : scan.program.slots)
      if (slot.place == Place::kSeries) return call.count(slot.index) / (slot.rows * slot.columns);
    return scan.steps;
  }

  /// Numbers of our own memory that a slot needs.
  int64_t scratchOf(size_t s) const {
    const Slot& slot = slots_[s];
    if (slot.place == Place::kCarry) return slot.rows * slot.columns;
    if (slot.place != Place::kScratch) return 0;
    const int64_t owner = scan_.owners[s];
    return (owner == kShared ? slot.rows : std::min(slot.rows, scan_.groups[owner].block)) * slot.columns;
  }

  void place(size_t s, Call& call, float* memory) {
    const Slot& slot = slots_[s];
    const int64_t size = slot.rows * slot.columns;
    switch (slot.place) {
      case Place::kScratch:
        at_[s] = memory;
        return;
      case Place::kFixed:
        at_[s] = const_cast<float*>(call.input(slot.index, size));
        return;
      case Place::kSeries:
        at_[s] = const_cast<float*>(call.input(slot.index, size * steps_));
        return;
      case Place::kKept:
        at_[s] = call.output(slot.index, {slot.rows * steps_, slot.columns});
        return;
      case Place::kNumbers:
        at_[s] = const_cast<float*>(scan_.constants.data());
        return;
      case Place::kCarry:
        at_[s] = memory;
        std::memcpy(memory, call.input(slot.index, size), size * sizeof(float));
        return;
    }
    throw std::out_of_range("a slot must have a place");
  }

  /// Packs the weights of all products. Two products with the same weights share them.
  void pack(float* memory) {
    const auto& instructions = scan_.program.instructions;
    for (size_t i = 0; i < instructions.size(); ++i) {
      const Instruction& own = instructions[i];
      if (own.code != Code::kMultiply) continue;
      for (size_t j = 0; j < i && !packed_[i]; ++j)
        if (instructions[j].code == Code::kMultiply && sameWeights(instructions[j], own)) packed_[i] = packed_[j];
      if (packed_[i]) continue;
      packWeights({at_[own.b.slot] + own.b.offset, own.b.rowStride, own.b.columnStride}, own.inner, own.columns, memory);
      packed_[i] = memory;
      memory += aligned(packedSize(own.inner, own.columns));
    }
  }

  static bool sameWeights(const Instruction& x, const Instruction& y) {
    return x.b == y.b && x.inner == y.inner && x.columns == y.columns;
  }

  float* start(const View& view) const {
    const Slot& slot = slots_[view.slot];
    const bool moves = slot.place == Place::kSeries || slot.place == Place::kKept;
    return at_[view.slot] + (moves ? step_ * slot.rows * slot.columns : 0) + view.offset;
  }

  /// What a group reads from row `begin` on. Of a slot of its own there are only the rows of one block.
  float* rowsFrom(const View& view, int64_t begin) const {
    return start(view) - (scan_.owners[view.slot] == kShared ? 0 : begin * view.rowStride);
  }

  /// @param skipped Rows before the first that is used.
  Matrix matrix(const View& view, int64_t begin, int64_t skipped) const {
    if (view.slot < 0) return {};
    return {rowsFrom(view, begin) + skipped * view.rowStride, view.rowStride, view.columnStride};
  }

  void product(const Group& group) {
    const auto& instructions = scan_.program.instructions;
    terms_.clear();
    for (size_t i = group.first; i < group.end; ++i) {
      const Instruction& own = instructions[i];
      terms_.push_back({start(own.a), own.a.rowStride, packed_[i], own.inner});
    }
    const Instruction& i = instructions[group.first];
    const float* init = i.c.slot < 0 ? nullptr : start(i.c);
    multiply(terms_.data(), terms_.size(), init, i.c.rowStride, start(i.d), i.d.rowStride, i.rows, i.columns);
  }

  void together(const Group& group) const {
    for (int64_t begin = 0; begin < group.rows; begin += group.block)
      for (size_t i = group.first; i < group.end; ++i) {
        const Instruction& own = scan_.program.instructions[i];
        const int64_t end = std::min(group.rows, begin + group.block);
        const Rows rows = own.isFlat ? Rows{0, 1, (end - begin) * own.columns} : Rows{begin, end, own.columns};
        const int64_t skipped = own.isFlat ? begin : 0;
        compute(own, rowsFrom(own.d, begin) + skipped * own.d.rowStride, matrix(own.a, begin, skipped),
                matrix(own.b, begin, skipped), matrix(own.c, begin, skipped), rows);
      }
  }

  void take(const Handover& handover) {
    if (handover.swaps) return std::swap(at_[handover.slot], at_[handover.from.slot]);
    const Slot& slot = slots_[handover.slot];
    float* from = start(handover.from);
    if (isFlatIn(handover.from, slot.columns) && handover.from.columnStride == 1) {
      // What is kept stays where it is until the run ends.
      if (slots_[handover.from.slot].place == Place::kKept)
        at_[handover.slot] = from;
      else
        std::memcpy(at_[handover.slot], from, slot.rows * slot.columns * sizeof(float));
      return;
    }
    for (int64_t r = 0; r < slot.rows; ++r)
      for (int64_t c = 0; c < slot.columns; ++c)
        at_[handover.slot][r * slot.columns + c] = from[r * handover.from.rowStride + c * handover.from.columnStride];
  }

  const Scan& scan_;
  const std::vector<Slot>& slots_;
  const int64_t steps_;
  std::vector<float*> at_;
  std::vector<float*> packed_;
  std::vector<Term> terms_;
  int64_t step_ = 0;
};

std::unique_ptr<Scan> create(Construction& construction) {
  auto scan = std::make_unique<Scan>();
  scan->constants = construction.floats("constants");
  scan->program = Reader(construction.integers("program"), scan->constants).program();
  scan->steps = construction.integer("steps");
  scan->backwards = construction.integer("backwards") != 0;
  scan->groups = groupsOf(scan->program.instructions);
  scan->owners = ownersOf(scan->program, scan->groups);
  return scan;
}

void compute(const Scan& scan, Call& call) {
  Run run(scan, call);
  run.steps();
  run.finish(call);
}

const bool kRegistered = registerOperation<Scan, create, compute>(
    "UnrollScan", {"inputs: N * float"}, {"outputs: M * float"},
    {"N: int >= 0", "M: int >= 1", "program: list(int)", "constants: list(float)", "steps: int", "backwards: int"});

}  // namespace
}  // namespace unroll
