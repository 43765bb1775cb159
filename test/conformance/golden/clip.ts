import {
  clipPolicy,
  flattenLayers,
  mapTensors,
  prefixed,
  scaled,
  tensorNorms,
  totalNorm,
  under,
  unflattenLayers,
  type Clipped,
  type Ops,
  type Program,
  type Tensors,
} from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, decodeAll, type GoldenNumber, type GoldenTensors } from './read.ts'
import { download, upload } from '../interpreters.ts'

interface Result {
  readonly method: string
  readonly source: string
  readonly clipValue?: number
  readonly maxNorm?: number
  readonly clipping?: number
  readonly eps?: number
  readonly reduceAxis?: number
  readonly norm: GoldenNumber
  readonly clipped: GoldenTensors
}

export interface ClipFile {
  readonly name: string
  readonly grads: GoldenTensors
  readonly params: GoldenTensors
  readonly results: readonly Result[]
}

const CLIPPED = 'clipped.'

/** How far Keras' clipnorm, without 1e-6 in the divisor, may be from ours. */
export const KERAS_APART = 2e-6

interface Rule {
  readonly settings: Program['clipping']
  /** Units are rows there and columns here: matrices are transposed on the way in and out. */
  readonly transpose: boolean
  /** How far the library's rule is from ours; 0 where it is the same. */
  readonly apart: number
}

/** Our settings for a library's rule; undefined where ours is another rule (TensorFlow's and optax' global norm). */
function ruleOf({ method, source, clipValue, maxNorm, clipping, eps, reduceAxis }: Result): Rule | undefined {
  const same = { transpose: false, apart: 0 }
  if (method === 'value') return { ...same, settings: { policy: 'value', threshold: clipValue!, nonfinite: 'fail' } }
  if (method === 'global_norm' && source.startsWith('torch')) {
    return { ...same, settings: { policy: 'norm', threshold: maxNorm!, nonfinite: 'fail' } }
  }
  if (method === 'per_variable_norm') {
    return {
      ...same,
      apart: KERAS_APART,
      settings: { policy: 'parameter_norm', threshold: maxNorm!, nonfinite: 'fail' },
    }
  }
  if (method !== 'adaptive') return undefined
  const settings = { policy: 'adaptive', threshold: clipping!, epsilon: eps!, nonfinite: 'fail' } as const
  return { settings, transpose: reduceAxis === 1, apart: 0 }
}

function transposed<X>({ ops }: Interpreter<X>, tensors: Tensors<X>): Tensors<X> {
  return mapTensors(tensors, (x) => {
    const [rows, columns] = ops.shape(x)
    if (columns === undefined) return x
    const parts = ops.split(
      x,
      Array.from({ length: columns }, () => 1),
      1,
    ) // [R,1] each
    return ops.concat(
      parts.map((part) => ops.reshape(part, [1, rows!])),
      0,
    )
  })
}

/** What a rule makes of a file's gradients, and the norm of those. */
function clipBy<X>(interpreter: Interpreter<X>, file: ClipFile, { settings, transpose }: Rule): Tensors<X> {
  const { ops } = interpreter
  const turned = (tensors: Tensors<X>): Tensors<X> => (transpose ? transposed(interpreter, tensors) : tensors)
  const gradients = turned(upload(interpreter, decodeAll(file.grads)))
  const parameters = turned(upload(interpreter, decodeAll(file.params)))
  const norms = tensorNorms(ops, gradients)
  const norm = totalNorm(ops, norms)
  const clipped = clipPolicy(settings).clip(ops, settings, { gradients, parameters, norms, norm, state: {} })
  return { norm, ...prefixed(turned(multiplyOut(ops, clipped)), CLIPPED) }
}

/** The gradients of a policy, multiplied by what an update would multiply them by. */
export function multiplyOut<X>(ops: Ops<X>, { gradients, by }: Pick<Clipped<X>, 'gradients' | 'by'>): Tensors<X> {
  return by === undefined ? gradients : mapTensors(gradients, (g) => scaled(ops, g, by))
}

/** The results of libraries whose rule is ours. */
export function compareClipping<X>(interpreter: Interpreter<X>, file: ClipFile, comparison: Comparison): void {
  compareResults(interpreter, file, comparison, ({ apart }) => apart === 0)
}

/** The results of Keras, which does not add 1e-6 to the norm it divides by. */
export function compareClippingApart<X>(interpreter: Interpreter<X>, file: ClipFile, comparison: Comparison): void {
  compareResults(interpreter, file, comparison, ({ apart }) => apart > 0)
}

function compareResults<X>(
  interpreter: Interpreter<X>,
  file: ClipFile,
  comparison: Comparison,
  wanted: (rule: Rule) => boolean,
): void {
  const compared = file.results.flatMap((result) => {
    const rule = ruleOf(result)
    return rule !== undefined && wanted(rule) ? [{ result, made: clipBy(interpreter, file, rule) }] : []
  })
  const all = download(interpreter, flattenLayers(compared.map(({ made }) => made)))
  for (const [index, got] of unflattenLayers({ layers: compared }, all).entries()) {
    const { method, source, norm, clipped } = compared[index]!.result
    const what = `${file.name} ${method} of ${source}`
    comparison.close(`${what} norm`, got['norm']!.data, [Number(norm)])
    for (const [name, { data }] of Object.entries(under(got, CLIPPED)))
      comparison.close(`${what} ${name}`, data, decode(clipped[name]!).data)
  }
}
