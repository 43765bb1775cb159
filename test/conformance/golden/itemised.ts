import { itemise, placeMatrix, planSources } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { downloadEach } from '../interpreters.ts'
import { openStack, type StackFile } from './stack.ts'

export interface ItemisedFile {
  /** That of the file in `stack/` which has the network. */
  readonly name: string
  /** A[s,t] of each layer, each step of the loss a source. */
  readonly matrix: readonly (readonly (readonly number[])[])[]
}

/** The matrix of one network against one interpreter. */
export function compareItemised<X>(
  interpreter: Interpreter<X>,
  { matrix, ...file }: ItemisedFile,
  stacks: readonly StackFile[],
  comparison: Comparison,
): void {
  const stack = stacks.find(({ name }) => name === file.name)!
  const { bound, window, batch } = openStack(interpreter, stack)
  const { T } = stack.sizes
  const norms = itemise(bound, window, { batch, shards: 1, most: T })
  const plan = planSources(bound.network, { steps: T, lossSteps: T, most: T })
  const read = downloadEach(interpreter, norms)
  for (const [layer, rows] of matrix.entries()) {
    const placed = placeMatrix(read[layer]!, plan, false)
    const got = Float64Array.from(placed.matrix, (log10) => 10 ** log10)
    comparison.close(`${file.name} matrix of layer ${layer}`, got, rows.flat())
  }
}
