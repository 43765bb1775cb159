import { stretchDirections } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { downloadEach } from '../interpreters.ts'
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
  file: SpectraFile,
  stacks: readonly StackFile[],
  comparison: Comparison,
): void {
  const { layers, name } = file
  const stack = stacks.find((each) => each.name === name)!
  const { bound, window, batch } = openStack(interpreter, stack)
  const got = stretchDirections(bound, window, { batch, shards: 1, starts: openStarts(interpreter, file) })
  const read = downloadEach(interpreter, got)
  for (const [layer, { lengths }] of layers.entries())
    comparison.close(`${name} lengths of layer ${layer}`, read[layer]!, lengths.flat(2))
}

/** The directions of each layer of a file on an interpreter. */
export function openStarts<X>({ upload }: Interpreter<X>, { layers }: SpectraFile): readonly X[] {
  return layers.map(({ start }) => upload([start.length, start[0]!.length], Float32Array.from(start.flat())))
}
