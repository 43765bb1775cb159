import type { LayerFlow, MetricRow } from '@unroll/contract'
import type { FlowBlock, ScalarBlock } from '../metrics/block.ts'

/** The rows of blocks of scalars, one by one. */
export function scalarRows(blocks: readonly ScalarBlock[]): MetricRow[] {
  return blocks.flatMap(({ steps, columns }) =>
    Array.from(steps, (step, at) => {
      const measured = [...columns].filter(([, { present }]) => present?.[at] !== 0)
      return { step, series: Object.fromEntries(measured.map(([name, { values }]) => [name, values[at] ?? NaN])) }
    }),
  )
}

/** The rows of blocks of flow, one by one. */
export function flowRows(blocks: readonly FlowBlock[]): { step: number; flow: LayerFlow[] }[] {
  return blocks.flatMap(({ steps, flow }) => Array.from(steps, (step, at) => ({ step, flow: flow[at] ?? [] })))
}
