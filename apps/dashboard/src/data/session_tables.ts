// What a session says of its newest updates and its last batch, as charts draw it.

import type { SessionDetail } from '@unroll/client'
import { Columns, type Table } from './columns.ts'

/** Loss and gradient norms of updates, a row for each. */
export function tableOfUpdates(updates: SessionDetail['updates']): Table {
  const series = {
    loss: updates.map(({ loss }) => loss),
    grad_norm: updates.map((update) => update.grad_norm),
    grad_norm_clipped: updates.map((update) => update.grad_norm_clipped),
  }
  return asTable(
    updates.map(({ step }) => step),
    series,
  )
}

/** The flow of a batch over its time steps from 1, in a column for each layer by its number. An exact zero is 0. */
export function tableOfFlow(batch: SessionDetail['batch']): Table {
  const layers = batch?.flow ?? []
  const steps = Array.from(layers[0]?.log10_norm ?? [], (_, t) => t + 1)
  const norms = layers.map(({ log10_norm: logs }, layer) => [String(layer), logs.map((log) => 10 ** log)] as const)
  return asTable(steps, Object.fromEntries(norms))
}

function asTable(steps: readonly number[], series: Readonly<Record<string, readonly number[]>>): Table {
  const columns = new Columns()
  columns.append(steps, series)
  return { steps: columns.steps, columns: columns.columns }
}
