// A recurrence whose carry is an affine function of the carry before, element by element: s_t = a_t * s_{t-1} + b_t. Blocks of its
// steps are independent but for the carry that each starts from, and that follows from what each block does to 0 and by how
// much it multiplies (Blelloch 1990): of a block that starts at s, the last carry is b + a*s.

import type { Ops, Recurrence, Scanned, Series } from './ops.ts'
import { joinRows } from './series.ts'
import { mapTensors, named, prefixed, under, type Tensors } from './tensors.ts'

type Take = <X>(ops: Ops<X>, recurrence: Recurrence<X>) => Scanned<X>

const FROM_ZERO = 'from zero.'
const SLOPE = 'slope.'

/**
 * Takes the steps in blocks of `size` from the first step of time on, each in a pass of its own that waits for no other.
 *
 * @param take takes all steps of a block
 */
export function scanBlocks<X>(
  ops: Ops<X>,
  recurrence: Recurrence<X> & { readonly affine: NonNullable<Recurrence<X>['affine']> },
  { size, take }: { readonly size: number; readonly take: Take },
): Scanned<X> {
  const { steps: T, backwards = false, carry, given, step } = recurrence
  const sizes = Array.from({ length: Math.ceil(T / size) }, (_, block) => Math.min(size, T - block * size))
  const series = mapTensors(given, (each) => cutSteps(ops, each, sizes))
  const kept: Scanned<X>['kept'][] = []
  let state = carry
  for (const block of backwards ? [...sizes.keys()].toReversed() : sizes.keys()) {
    const own = { steps: sizes[block]!, backwards, given: mapTensors(series, (parts) => parts[block]!) }
    kept[block] = take(ops, { ...own, carry: state, step }).kept
    state = passBlock(ops, { ...recurrence, ...own, carry: state }, take)
  }
  const [first = {}] = kept
  return {
    carry: state,
    kept: mapTensors(first, (_, name) => ({
      rows: ops.concat(
        kept.map((each) => joinRows(ops, named(each, name))),
        0,
      ),
    })),
  }
}

/** The carry after a block. */
function passBlock<X>(
  ops: Ops<X>,
  { affine, carry, ...block }: Parameters<typeof scanBlocks<X>>[1],
  take: Take,
): Tensors<X> {
  const zeros = mapTensors(carry, (x) => ops.zeros(ops.shape(x)))
  const ones = mapTensors(zeros, (x) => ops.add(x, ops.constant(1)))
  const passed = take(ops, {
    ...block,
    carry: { ...prefixed(zeros, FROM_ZERO), ...prefixed(ones, SLOPE) },
    step: (inner, before, now) => {
      const next = affine(inner, under(before, FROM_ZERO), now)
      const slope = mapTensors(under(before, SLOPE), (x, name) => inner.mul(x, named(next.slope, name)))
      return { carry: { ...prefixed(next.carry, FROM_ZERO), ...prefixed(slope, SLOPE) }, kept: {} }
    },
  }).carry
  const [fromZero, slope] = [under(passed, FROM_ZERO), under(passed, SLOPE)]
  return mapTensors(carry, (x, name) => ops.add(named(fromZero, name), ops.mul(named(slope, name), x)))
}

/** Parts of so many steps each. */
function cutSteps<X>(ops: Ops<X>, series: Series<X>, sizes: readonly number[]): readonly Series<X>[] {
  const T = sizes.reduce((sum, size) => sum + size, 0)
  if ('steps' in series) {
    const starts = sizes.map((_, block) => sizes.slice(0, block).reduce((sum, size) => sum + size, 0))
    return sizes.map((size, block) => ({ steps: series.steps.slice(starts[block], starts[block]! + size) }))
  }
  const N = ops.size(series.rows, 0) / T
  const parts = ops.split(
    series.rows,
    sizes.map((size) => size * N),
    0,
  )
  return parts.map((rows) => ({ rows }))
}
