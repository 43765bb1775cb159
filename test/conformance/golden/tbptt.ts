import {
  backpropagate,
  flattenLayers,
  forward,
  lossGradients,
  mapTensors,
  prefixed,
  joinRows,
  statesAfter,
  under,
  unflattenLayers,
  type HostTensor,
  type Network,
  type Tensors,
} from '@unroll/bptt'
import { fromCanonical, toCanonical } from '@unroll/exports'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, decodeAll, type GoldenTensor, type GoldenTensors } from './read.ts'
import { download, upload } from '../interpreters.ts'
import { smallNetwork } from '../networks.ts'

interface GoldenWindow {
  readonly n: number
  readonly start: number
  readonly lossFrom: number
  readonly end: number
  readonly loss: number
  readonly dParams: GoldenTensors
}

export interface TbpttFile {
  readonly name: string
  readonly loss: 'inject' | 'softmax'
  readonly sizes: {
    readonly T: number
    readonly N: number
    readonly X: number
    readonly H: number
    readonly K?: number
  }
  readonly k1: number
  readonly k2: number
  readonly params: GoldenTensors
  readonly x: GoldenTensor
  readonly h0: GoldenTensor
  readonly c0: GoldenTensor
  readonly dh?: GoldenTensor
  readonly targets?: GoldenTensor
  readonly expected: {
    readonly h: GoldenTensor
    readonly windows: readonly GoldenWindow[]
    readonly sum: GoldenTensors
    readonly fullBptt: GoldenTensors
  }
}

interface WindowResult<X> {
  /** Summed over the window's steps, scalar. */
  readonly loss: X
  readonly gradients: Tensors<X>
  /** [TN,H] */
  readonly h: X
  readonly after: (advance: number) => readonly Tensors<X>[]
}

const GRADIENTS = 'gradients.'

/** Our canonical name of a golden parameter. */
function canonicalName(name: string): string {
  return name.replace(/^cell\./, 'layers.0.')
}

/** Elements [from, to) of the leading axis. */
function leading({ shape, data }: HostTensor, from: number, to: number): HostTensor {
  const inner = data.length / shape[0]!
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * inner, to * inner) }
}

/** Loss and gradients of one window from the state before its first step. */
function runWindow<X>(
  interpreter: Interpreter<X>,
  network: Network,
  file: TbpttFile,
  { parameters, carried }: { parameters: Tensors<X>; carried: readonly Tensors<X>[] },
  { start, lossFrom, end }: GoldenWindow,
): WindowResult<X> {
  const { ops } = interpreter
  const send = ({ shape, data }: HostTensor): X => interpreter.upload(shape, data)
  const inputs = send(leading(decode(file.x), start, end))
  const lossSteps = end - lossFrom
  if (file.targets !== undefined) {
    const { data } = leading(decode(file.targets), lossFrom, end)
    const batch = { inputs, targets: interpreter.upload([data.length], data) }
    const result = lossGradients({ ops, network, parameters }, { from: 'carried', carried, lossSteps }, batch)
    // Golden losses are summed over the window's steps, ours are their mean.
    return {
      loss: ops.scale(result.answer.loss, lossSteps),
      gradients: mapTensors(result.gradients, (g) => ops.scale(g, lossSteps)),
      h: joinRows(ops, result.hs),
      after: (advance) => statesAfter(ops, result, advance),
    }
  }
  const bound = { ops, network, parameters }
  const pass = forward(bound, { from: 'carried', carried }, inputs)
  const { N, H } = file.sizes
  const dh = send(leading(decode(file.dh!), lossFrom, end))
  const dH = ops.reshape(dh, [lossSteps * N, H])
  const injected = { rows: ops.concat([ops.zeros([(lossFrom - start) * N, H]), dH], 0) }
  const { gradients } = backpropagate(bound, { inputs, runs: pass.runs, dh: injected })
  return {
    loss: ops.sum(ops.mul(injected.rows, joinRows(ops, pass.hs))),
    gradients: { ...parameters, ...gradients }, // without a loss the read-out has no gradient
    h: joinRows(ops, pass.hs),
    after: (advance) => statesAfter(ops, pass, advance),
  }
}

/** Every number of one file: each window, their sum, and the full gradient where k2 reaches all steps. */
export function compareWindows<X>(interpreter: Interpreter<X>, file: TbpttFile, comparison: Comparison): void {
  const { N, X, H, K = 1 } = file.sizes
  const network = smallNetwork('lstm', { N, X, H, K })
  const readout = {
    'readout.Wo': { shape: [K, H], data: new Float64Array(K * H) },
    'readout.bo': { shape: [K], data: new Float64Array(K) },
  }
  const parameters = upload(
    interpreter,
    fromCanonical(network, { ...readout, ...decodeAll(file.params, canonicalName) }),
  )
  let carried: readonly Tensors<X>[] = [upload(interpreter, { h: decode(file.h0), c: decode(file.c0) })]
  const { windows } = file.expected
  const made = windows.map((window, index) => {
    const result = runWindow(interpreter, network, file, { parameters, carried }, window)
    carried = result.after((windows[index + 1]?.start ?? window.end) - window.start)
    return { loss: result.loss, h: result.h, ...prefixed(result.gradients, GRADIENTS) }
  })
  const all = unflattenLayers({ layers: windows }, download(interpreter, flattenLayers(made)))
  const sums: Record<string, Float64Array> = {}
  for (const [index, window] of windows.entries()) {
    const got = all[index]!
    const what = `${file.name} window ${window.n}`
    comparison.close(`${what} loss`, got['loss']!.data, [window.loss])
    const wantedH = leading(decode(file.expected.h), window.start, window.end).data
    comparison.close(`${what} h`, got['h']!.data, wantedH)
    const gradients = toCanonical(network, under(got, GRADIENTS))
    for (const [name, wanted] of Object.entries(window.dParams)) {
      const { data } = gradients[canonicalName(name)]!
      comparison.close(`${what} d${name}`, data, decode(wanted).data)
      sums[name] = Float64Array.from(data, (value, i) => value + (sums[name]?.[i] ?? 0))
    }
  }
  const full = file.k2 >= file.sizes.T ? file.expected.fullBptt : file.expected.sum
  for (const [name, wanted] of Object.entries({ ...file.expected.sum, ...full })) {
    comparison.close(`${file.name} Σd${name}`, sums[name]!, decode(wanted).data)
  }
}
