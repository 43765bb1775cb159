import type { Sampler } from './sampler.ts'

const BLANK = 0

/**
 * Copy memory (Arjovsky, Shah and Bengio 2016): `length` symbols, blanks, a marker, then blanks during which the symbols
 * are to be repeated. Symbols are 1 … K, the marker K+1.
 */
export const copy: Sampler<'copy'> = ({ symbols, length }, T, random) => {
  const remembered = Array.from({ length }, () => 1 + random.integer(symbols))
  const inputs = Array.from<number>({ length: T }).fill(BLANK)
  const targets = Array.from<number>({ length: T }).fill(BLANK)
  for (const [index, symbol] of remembered.entries()) {
    inputs[index] = symbol
    targets[T - length + index] = symbol
  }
  inputs[T - length - 1] = symbols + 1
  return { inputs, targets }
}
