import type { Replay } from '@unroll/client'
import type { Column, Table } from './columns.ts'

export type ReplayResult = NonNullable<Replay['result']>
export type ReplayedLayer = ReplayResult['layers'][number]

/** The norm of the gradient at each time step, a column for each layer by its name. */
export function flowTable(layers: readonly ReplayedLayer[]): Table {
  return tabulate(layers.map(({ name, log10_norm = [] }) => [name, log10_norm.map((log10) => 10 ** log10)]))
}

/** The mean of each gate and the size of each state at each time step of a layer, by the names that `listInside` gives. */
export function insideTable(layer: ReplayedLayer): Table {
  return tabulate(listInside(layer).map(({ name, values }) => [name, values]))
}

/** What was looked at inside a layer. */
export function listInside({ gates = {}, states = {} }: ReplayedLayer): {
  name: string
  label: string
  values: readonly number[]
}[] {
  return [
    ...Object.entries(gates).map(([gate, values]) => ({ name: `gate-${gate}`, label: `gate ${gate}, mean`, values })),
    ...Object.entries(states).map(([state, values]) => ({
      name: `state-${state}`,
      label: `state ${state}, rms`,
      values,
    })),
  ]
}

/** How what was computed compares with what the run recorded. */
export function verifiedWords({ verified, computed_steps: computed, engine }: ReplayResult): string {
  const { rows, equal, first_difference: first } = verified
  const same = first === null ? 'with the same bits' : `with the same bits, the first other one at step ${first}`
  const other = engine.is_same ? '' : ' Another engine or version computed it than the run.'
  const steps = computed === 1 ? 'step' : 'steps'
  return `${computed} ${steps} computed again: ${equal} of ${rows} recorded rows ${same}.${other}`
}

function tabulate(lines: readonly (readonly [name: string, values: readonly number[]])[]): Table {
  const longest = Math.max(0, ...lines.map(([, values]) => values.length))
  return {
    steps: Float64Array.from({ length: longest }, (_, t) => t + 1),
    columns: new Map(lines.map(([name, values]) => [name, toColumn(values)])),
  }
}

function toColumn(values: readonly number[]): Column {
  return { values: Float64Array.from(values), present: new Uint8Array(values.length).fill(1) }
}
