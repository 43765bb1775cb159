import type { Sample, Sampler } from './sampler.ts'

const BLANK = 0

/** Blanks with the symbols to remember, 1 … K, at `places`; a marker, K+1; then blanks during which they are to be repeated. */
function placeSymbols(remembered: readonly number[], places: readonly number[], symbols: number, T: number): Sample {
  const inputs = Array.from<number>({ length: T }).fill(BLANK)
  const targets = Array.from<number>({ length: T }).fill(BLANK)
  const answered = T - remembered.length
  for (const [index, symbol] of remembered.entries()) {
    inputs[places[index]!] = symbol
    targets[answered + index] = symbol
  }
  inputs[answered - 1] = symbols + 1
  return { inputs, targets }
}

/** Copy memory: the symbols are the first ones. */
export const copy: Sampler<'copy'> = ({ symbols, length }, T, random) => {
  const remembered = Array.from({ length }, () => 1 + random.integer(symbols))
  return placeSymbols(remembered, [...remembered.keys()], symbols, T)
}

/** Selective copy: the symbols are anywhere before the marker. */
export const selectiveCopy: Sampler<'selective_copy'> = ({ symbols, length }, T, random) => {
  const remembered = Array.from({ length }, () => 1 + random.integer(symbols))
  const places = random.shuffled(T - length - 1).slice(0, length)
  return placeSymbols(
    remembered,
    places.toSorted((a, b) => a - b),
    symbols,
    T,
  )
}
