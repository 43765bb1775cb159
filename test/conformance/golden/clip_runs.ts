import { clippingStateShapes, clipPolicy, mapTensors, tensorNorms, totalNorm, type Program } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { upload } from '../interpreters.ts'
import { multiplyOut } from './clip.ts'
import { decode, decodeAll, type GoldenTensors } from './read.ts'

export interface ClipRunFile {
  readonly name: string
  readonly settings: Program['clipping']
  readonly steps: readonly { readonly grads: GoldenTensors; readonly clipped: GoldenTensors }[]
}

/** Every update of a run whose clipping remembers. */
export function compareClipRun<X>(
  interpreter: Interpreter<X>,
  { name, settings, steps }: ClipRunFile,
  comparison: Comparison,
): void {
  const { ops, download } = interpreter
  let state = mapTensors(clippingStateShapes(settings), (shape) => ops.zeros(shape))
  for (const [step, { grads, clipped: wanted }] of steps.entries()) {
    const gradients = upload(interpreter, decodeAll(grads))
    const norms = tensorNorms(ops, gradients)
    const norm = totalNorm(ops, norms)
    const clipped = clipPolicy(settings).clip(ops, settings, { gradients, parameters: gradients, norms, norm, state })
    state = clipped.state
    for (const [parameter, x] of Object.entries(multiplyOut(ops, clipped)))
      comparison.close(`${name} step ${step} ${parameter}`, download(x), decode(wanted[parameter]!).data)
  }
}
