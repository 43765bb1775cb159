// Written by `npm run docs` from packages/engines/src/tensorflow/scan/codes.ts.
#pragma once

#include <cstdint>

namespace unroll {

/// What an instruction does. kMultiply: d = c + a b, where c may be absent.
enum class Code : int32_t {
  kMultiply,
  kCopy,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMaximum,
  kLess,
  kSelect,
  kSquare,
  kSqrt,
  kAbs,
  kExp,
  kExponent,
  kExp2,
  kSoftplus,
  kClamp,
  kScale,
  kIsFinite,
  kSigmoid,
  kTanh,
  kRelu,
  kSigmoidGrad,
  kTanhGrad,
  kReluGrad,
  kRowNorms,
  kRowMeans,
  kNorm,
  kLog10Norm,
  kSum,
};
constexpr int64_t kCodes = 30;

}  // namespace unroll
