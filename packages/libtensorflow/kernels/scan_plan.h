// How a program is gone through: which instructions take some rows together before the next ones, so that what they
// hand to each other stays in the first cache.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "scan_program.h"

namespace unroll {

constexpr int64_t kBlock = 2048;  // elements of a matrix that a group takes together
constexpr int64_t kShared = -1;   // for a slot that more than one group uses

/// Instructions [first, end) that take `block` rows after `block` rows together, or products that add up in one place. Another
/// one that needs whole matrices is alone.
struct Group {
  size_t first, end;
  int64_t rows, block;
};

/// Whether a product goes on from the sum of the product before, in the same place.
inline bool goesOn(const Instruction& before, const Instruction& own) {
  return before.code == Code::kMultiply && own.code == Code::kMultiply && own.c == own.d && own.d == before.d &&
         own.rows == before.rows && own.columns == before.columns;
}

inline std::vector<Group> groupsOf(const std::vector<Instruction>& instructions) {
  std::vector<Group> groups;
  for (size_t first = 0; first < instructions.size();) {
    const int64_t rows = instructions[first].rows;
    int64_t widest = instructions[first].columns;
    size_t end = first + 1;
    if (!isWhole(instructions[first].code))
      for (; end < instructions.size() && !isWhole(instructions[end].code) && instructions[end].rows == rows; ++end)
        widest = std::max(widest, instructions[end].columns);
    while (end < instructions.size() && goesOn(instructions[end - 1], instructions[end])) ++end;
    const bool whole = isWhole(instructions[first].code);
    groups.push_back({first, end, rows, whole ? rows : std::max<int64_t>(1, kBlock / widest)});
    first = end;
  }
  return groups;
}

/// By slot: the group that alone uses it, which needs no more of it than one block of rows; else kShared.
inline std::vector<int64_t> ownersOf(const Program& program, const std::vector<Group>& groups) {
  constexpr int64_t kNone = kShared - 1;
  std::vector<int64_t> owners(program.slots.size(), kNone);
  auto use = [&](const View& view, int64_t group, int64_t rows) {
    if (view.slot < 0) return;
    const bool aligned = program.slots[view.slot].rows == rows && (view.rowStride > 0 || rows == 1);
    int64_t& owner = owners[view.slot];
    owner = (owner == kNone || owner == group) && aligned ? group : kShared;
  };
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t i = groups[g].first; i < groups[g].end; ++i) {
      const Instruction& own = program.instructions[i];
      const int64_t group = isWhole(own.code) ? kShared : static_cast<int64_t>(g);
      for (const View* view : {&own.d, &own.a, &own.b, &own.c}) use(*view, group, groups[g].rows);
    }
  for (const Handover& handover : program.handovers) owners[handover.from.slot] = kShared;
  for (size_t s = 0; s < owners.size(); ++s)
    if (program.slots[s].place != Place::kScratch || owners[s] == kNone) owners[s] = kShared;
  return owners;
}

}  // namespace unroll
