import { flossWindow, prefixed, shareSteps, under } from '@unroll/bptt'
import { toCanonical } from '@unroll/exports'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { download } from '../interpreters.ts'
import type { GoldenTensors } from './read.ts'
import { openStarts, type SpectraFile } from './spectra.ts'
import { openStack, parametersOf, type StackFile } from './stack.ts'

export interface FlossingFile {
  /** That of the files in `stack/` and `spectra/` which have the network and the directions. */
  readonly name: string
  readonly squares: number
  readonly dParams: GoldenTensors
}

/** The squares of the exponents of one network, and their gradient, against one interpreter. */
export function compareFlossing<X>(
  interpreter: Interpreter<X>,
  { name, squares, dParams }: FlossingFile,
  { stacks, spectra }: { readonly stacks: readonly StackFile[]; readonly spectra: readonly SpectraFile[] },
  comparison: Comparison,
): void {
  const stack = stacks.find((file) => file.name === name)!
  const { bound, window, batch } = openStack(interpreter, stack)
  const { T, N } = stack.sizes
  const mask = Float32Array.from({ length: T * N }, (_, at) => Number(Math.floor(at / N) < stack.lengths[at % N]!))
  const found = flossWindow(bound, window, {
    batch,
    shards: 1,
    starts: openStarts(
      interpreter,
      spectra.find((file) => file.name === name)!,
    ),
    shares: shareSteps(bound.network, { steps: T, mask }).map((own) => interpreter.upload([T * N, 1], own)),
  })
  const got = download(interpreter, { squares: found.squares, ...prefixed(found.gradients, 'd') })
  comparison.close(`${name} squares`, got['squares']!.data, [squares])
  const gradients = toCanonical(bound.network, under(got, 'd'))
  for (const [of, { data }] of Object.entries(parametersOf(dParams)))
    comparison.close(`${name} squares d${of}`, gradients[of]!.data, data)
}
