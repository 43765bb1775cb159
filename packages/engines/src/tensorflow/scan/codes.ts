/** What an instruction of a scan does, in the order of its numbers. */
export const CODES = [
  'multiply',
  'copy',
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'less',
  'select',
  'square',
  'sqrt',
  'abs',
  'exp',
  'exponent',
  'exp2',
  'softplus',
  'clamp',
  'scale',
  'isFinite',
  'sigmoid',
  'tanh',
  'relu',
  'sigmoidGrad',
  'tanhGrad',
  'reluGrad',
  'rowNorms',
  'rowMeans',
  'norm',
  'log10Norm',
  'sum',
] as const

export type Code = (typeof CODES)[number]

/** packages/libtensorflow/kernels/scan_codes.h, by which the kernel reads the same numbers. */
export function codesHeader(): string {
  const names = CODES.map((code) => `  k${code.charAt(0).toUpperCase()}${code.slice(1)},`)
  return `// Written by \`npm run docs\` from packages/engines/src/tensorflow/scan/codes.ts.
#pragma once

#include <cstdint>

namespace unroll {

/// What an instruction does. kMultiply: d = c + a b, where c may be absent.
enum class Code : int32_t {
${names.join('\n')}
};
constexpr int64_t kCodes = ${CODES.length};

}  // namespace unroll
`
}
