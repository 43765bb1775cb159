import type { Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'

export function quantiles<X>(memory: Memory<X>): Pick<Ops<X>, 'quantile'> {
  return {
    quantile: (x, count, q) => {
      const value = quantile(memory.values(x).slice(0, memory.values(count)[0]), q)
      const result = memory.create([])
      memory.values(result)[0] = value
      return result
    },
  }
}

/** Sorts the values in place. NaN if one is NaN. */
function quantile(values: Values, q: number): number {
  values.sort() // typed arrays sort as numbers, NaN last
  if (Number.isNaN(values.at(-1))) return NaN
  const place = q * (values.length - 1)
  const below = Math.floor(place)
  const share = place - below
  const low = values[below] ?? NaN
  return share === 0 ? low : low + share * (values[below + 1]! - low)
}
