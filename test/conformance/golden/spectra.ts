import { stretchDirections } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { openStack, type StackFile } from './stack.ts'

export interface SpectraFile {
  /** That of the file in `stack/` which has the network. */
  readonly name: string
  /** Of each layer the directions [k][S] at the last step, and the diagonal of R, [T][N][k]. */
  readonly layers: readonly {
    readonly start: readonly (readonly number[])[]
    readonly lengths: readonly (readonly (readonly number[])[])[]
  }[]
}

/** How the directions of one network stretch against one interpreter. */
export function compareSpectra<X>(
  interpreter: Interpreter<X>,
  { layers, name }: SpectraFile,
  stacks: readonly StackFile[],
  comparison: Comparison,
): void {
  const stack = stacks.find((file) => file.name === name)!
  const { bound, window, batch } = openStack(interpreter, stack)
  const starts = layers.map(({ start }) =>
    interpreter.upload([start.length, start[0]!.length], Float32Array.from(start.flat())),
  )
  const got = stretchDirections(bound, window, { batch, shards: 1, starts })
  for (const [layer, { lengths }] of layers.entries())
    comparison.close(`${name} lengths of layer ${layer}`, interpreter.download(got[layer]!), lengths.flat(2))
}
