import { FLOW_STATES, firstPlaces, type FlowColumn, type FlowState, type FlowTile } from '@unroll/history'
import type { FlowBuckets } from '@unroll/contract'
import { short } from './columns.ts'

type Norms = FlowBuckets['log10_norm']

const NAMES = { h: 'log10_norm', c: 'cell_state', probe: 'probe' } as const satisfies Record<
  FlowState,
  keyof FlowBuckets
>
const COUNTS = ['zero', 'infinity', 'nan'] as const

/** A tile as columns: null in `min` and `max` where a bucket has no finite value. */
export function flowBucketColumns({
  width,
  lines,
  columns,
}: FlowTile): Pick<
  FlowBuckets,
  'bucket_steps' | 'bucket_timesteps' | 'steps' | 'timesteps' | 'log10_norm' | 'cell_state' | 'probe'
> {
  const observed = FLOW_STATES.filter((state) => state === 'h' || [...columns.values()].some((of) => state in of))
  const norms = observed.map((state) => {
    const all = Array.from(columns.values(), (of) => of[state])
    return [NAMES[state], encodeNorms(all, lines.count)] as const
  })
  return {
    bucket_steps: width,
    bucket_timesteps: lines.width,
    steps: Array.from(columns.keys(), (bucket) => bucket * width + 1),
    timesteps: firstPlaces(lines),
    ...(Object.fromEntries(norms) as { log10_norm: Norms }),
  }
}

function encodeNorms(columns: readonly (FlowColumn | undefined)[], lines: number): Norms {
  const extremes = (name: 'min' | 'max') =>
    columns.map((column) => Array.from({ length: lines }, (_, line) => finite(column?.[name][line])))
  const counts = COUNTS.filter((name) => columns.some((column) => column?.[name].some((count) => count > 0)))
  return {
    min: extremes('min'),
    max: extremes('max'),
    ...Object.fromEntries(
      counts.map((name) => [name, columns.map((column) => [...(column?.[name] ?? new Uint32Array(lines))])]),
    ),
  }
}

function finite(value: number | undefined): Norms['min'][number][number] {
  return value === undefined || !Number.isFinite(value) ? null : short(value)
}
