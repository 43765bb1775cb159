import { specialKind, type SpecialKind } from '@unroll/client'
import { MISSING } from '../data/flow_rows.ts'
import type { Range } from './ticks.ts'

export type SpecialCounts = Record<SpecialKind, number>

/** The whole decades that contain every finite value of a grid, and the counts of special values. */
export function survey(values: Float32Array): { decades: Range | null; counts: SpecialCounts; finite: number } {
  const counts: SpecialCounts = { nan: 0, infinity: 0, zero: 0 }
  let [min, max, finite] = [Infinity, -Infinity, 0]
  for (const value of values) {
    if (value === MISSING) continue
    const kind = specialKind(value)
    if (kind !== undefined) {
      counts[kind] += 1
      continue
    }
    finite += 1
    if (value < min) min = value
    if (value > max) max = value
  }
  if (finite === 0) return { decades: null, counts, finite }
  return { decades: { min: Math.floor(min), max: Math.max(Math.ceil(max), Math.floor(min) + 1) }, counts, finite }
}
