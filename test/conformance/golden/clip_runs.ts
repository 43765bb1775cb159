import {
  clippingStateShapes,
  clipPolicy,
  flattenLayers,
  mapTensors,
  tensorNorms,
  totalNorm,
  unflattenLayers,
  type Program,
} from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { download, upload } from '../interpreters.ts'
import { multiplyOut } from './clip.ts'
import { decode, decodeAll, type GoldenTensors } from './read.ts'

export interface ClipRunFile {
  readonly name: string
  readonly settings: Program['clipping']
  readonly steps: readonly { readonly grads: GoldenTensors; readonly clipped: GoldenTensors }[]
}

/** Every update of a run whose clipping remembers: all are computed before any is read, as a graph is handed over anew when it has grown. */
export function compareClipRun<X>(
  interpreter: Interpreter<X>,
  { name, settings, steps }: ClipRunFile,
  comparison: Comparison,
): void {
  const { ops } = interpreter
  let state = mapTensors(clippingStateShapes(settings), (shape) => ops.zeros(shape))
  const made = steps.map(({ grads }) => {
    const gradients = upload(interpreter, decodeAll(grads))
    const norms = tensorNorms(ops, gradients)
    const norm = totalNorm(ops, norms)
    const clipped = clipPolicy(settings).clip(ops, settings, { gradients, parameters: gradients, norms, norm, state })
    state = clipped.state
    return multiplyOut(ops, clipped)
  })
  const got = unflattenLayers({ layers: steps }, download(interpreter, flattenLayers(made)))
  for (const [step, { clipped: wanted }] of steps.entries())
    for (const [parameter, { data }] of Object.entries(got[step]!))
      comparison.close(`${name} step ${step} ${parameter}`, data, decode(wanted[parameter]!).data)
}
