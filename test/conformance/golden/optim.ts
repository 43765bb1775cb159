import {
  flattenLayers,
  mapTensors,
  unflattenLayers,
  update,
  updateScalars,
  type Program,
  type Tensors,
} from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import { MOMENTS } from '@unroll/contract'
import type { Comparison } from '../comparison.ts'
import { download } from '../interpreters.ts'
import { decode, type GoldenTensor } from './read.ts'

interface Hyper {
  readonly lr: number
  readonly momentum?: number
  readonly alpha?: number
  readonly beta1?: number
  readonly beta2?: number
  readonly eps?: number
  readonly weightDecay?: number
  readonly weightAverage?: number
}

export interface OptimFile {
  readonly name: string
  readonly hyper: Hyper
  readonly params0: GoldenTensor
  readonly grads: readonly GoldenTensor[]
  readonly expected: readonly GoldenTensor[]
  /** Averages of the parameters after each update, where they are kept. */
  readonly averages?: readonly GoldenTensor[]
}

/** Our names of the golden optimizers. */
const TYPES: Readonly<Record<string, Program['optimizer']['type']>> = {
  sgd: 'sgd',
  sgd_momentum: 'momentum',
  sgd_nesterov: 'nesterov',
  rmsprop: 'rmsprop',
  sgd_momentum_l2: 'momentum',
  rmsprop_l2: 'rmsprop',
  adam: 'adam',
  adam_l2: 'adam',
  adam_average: 'adam',
  adamw: 'adamw',
  adagrad: 'adagrad',
}

function settingsOf({ name, hyper }: OptimFile): Program['optimizer'] {
  const schedule = { type: 'constant', warmup_steps: 0 }
  const { lr, eps, weightDecay, weightAverage, ...same } = hyper
  const decays = { weight_decay: weightDecay, weight_average: weightAverage }
  const settings = { type: TYPES[name], learning_rate: lr, epsilon: eps, ...decays, ...same, schedule }
  return settings as Program['optimizer']
}

/** Every number of one file against one interpreter. */
export function compareOptimizer<X>(interpreter: Interpreter<X>, file: OptimFile, comparison: Comparison): void {
  const { ops } = interpreter
  const settings = settingsOf(file)
  const { shape, data } = decode(file.params0)
  let parameters: Tensors<X> = { p: interpreter.upload(shape, data) }
  let averages: Tensors<X> = file.averages === undefined ? {} : parameters
  let moments: Tensors<X> = Object.fromEntries(
    MOMENTS[settings.type].map((moment) => [`${moment}.p`, ops.zeros(shape)]),
  )
  const made = file.grads.map((grad, index) => {
    const scalars = mapTensors(updateScalars(settings, file.hyper.lr, index + 1), (value) => ops.constant(value))
    const gradients = { p: interpreter.upload(shape, decode(grad).data) }
    const before = { parameters, moments, averages }
    ;({ parameters, moments, averages } = update(ops, settings, before, { gradients, scalars }))
    return { p: parameters['p']!, ...(file.averages && { average: averages['p']! }) }
  })
  const got = unflattenLayers({ layers: made }, download(interpreter, flattenLayers<X>(made)))
  for (const [index, { p, average }] of got.entries()) {
    const what = `${file.name} update ${index + 1}`
    comparison.close(what, p!.data, decode(file.expected[index]!).data)
    if (file.averages) comparison.close(`${what} average`, average!.data, decode(file.averages[index]!).data)
  }
}
