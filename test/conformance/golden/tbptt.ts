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
  type Compensation,
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

interface PlacedWindow {
  readonly n: number
  readonly start: number
  readonly lossFrom: number
  readonly end: number
  readonly compensation?: Compensation
}

interface GoldenWindow extends PlacedWindow {
  readonly loss: number
  readonly dParams: GoldenTensors
}

/** What is gone through in windows. */
export interface WindowedFile {
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
  readonly params: GoldenTensors
  readonly x: GoldenTensor
  readonly h0: GoldenTensor
  readonly c0: GoldenTensor
  readonly dh?: GoldenTensor
  readonly targets?: GoldenTensor
}

export interface TbpttFile extends WindowedFile {
  readonly k2: number
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
  file: WindowedFile,
  { parameters, carried }: { parameters: Tensors<X>; carried: readonly Tensors<X>[] },
  { start, lossFrom, end, compensation }: PlacedWindow,
): WindowResult<X> {
  const { ops } = interpreter
  const send = ({ shape, data }: HostTensor): X => interpreter.upload(shape, data)
  const inputs = send(leading(decode(file.x), start, end))
  const lossSteps = end - lossFrom
  if (file.targets !== undefined) {
    const { data } = leading(decode(file.targets), lossFrom, end)
    const batch = { inputs, targets: interpreter.upload([data.length], data) }
    const result = lossGradients({ ops, network, parameters }, { from: 'carried', carried, lossSteps }, batch, {
      compensation,
    })
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
  const { gradients } = backpropagate(bound, { inputs, runs: pass.runs, dh: injected }, { compensation })
  return {
    loss: ops.sum(ops.mul(injected.rows, joinRows(ops, pass.hs))),
    gradients: { ...parameters, ...gradients }, // without a loss the read-out has no gradient
    h: joinRows(ops, pass.hs),
    after: (advance) => statesAfter(ops, pass, advance),
  }
}

interface ComputedWindow {
  readonly loss: HostTensor['data']
  readonly h: HostTensor['data']
  /** By their golden names. */
  readonly gradients: Readonly<Record<string, HostTensor['data']>>
}

/** Window after window, the state carried. */
function runWindows<X>(
  interpreter: Interpreter<X>,
  file: WindowedFile,
  windows: readonly PlacedWindow[],
): readonly ComputedWindow[] {
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
  const made = windows.map((window, index) => {
    const result = runWindow(interpreter, network, file, { parameters, carried }, window)
    carried = result.after((windows[index + 1]?.start ?? window.end) - window.start)
    return { loss: result.loss, h: result.h, ...prefixed(result.gradients, GRADIENTS) }
  })
  return unflattenLayers({ layers: windows }, download(interpreter, flattenLayers(made))).map((got) => {
    const gradients = toCanonical(network, under(got, GRADIENTS))
    return {
      loss: got['loss']!.data,
      h: got['h']!.data,
      gradients: Object.fromEntries(
        Object.keys(file.params).map((name) => [name, gradients[canonicalName(name)]!.data]),
      ),
    }
  })
}

/** The gradients of all windows added up, by their golden names. */
export function computeSum<X>(
  interpreter: Interpreter<X>,
  file: WindowedFile,
  windows: readonly PlacedWindow[],
): Readonly<Record<string, Float64Array>> {
  return addUp(runWindows(interpreter, file, windows))
}

function addUp(windows: readonly ComputedWindow[]): Readonly<Record<string, Float64Array>> {
  const sums: Record<string, Float64Array> = {}
  for (const { gradients } of windows)
    for (const [name, data] of Object.entries(gradients))
      sums[name] = Float64Array.from(data, (value, i) => value + (sums[name]?.[i] ?? 0))
  return sums
}

/** Every number of one file: each window, their sum, and the full gradient where k2 reaches all steps. */
export function compareWindows<X>(interpreter: Interpreter<X>, file: TbpttFile, comparison: Comparison): void {
  const { windows } = file.expected
  const all = runWindows(interpreter, file, windows)
  for (const [index, window] of windows.entries()) {
    const got = all[index]!
    const what = `${file.name} window ${window.n}`
    comparison.close(`${what} loss`, got.loss, [window.loss])
    const wantedH = leading(decode(file.expected.h), window.start, window.end).data
    comparison.close(`${what} h`, got.h, wantedH)
    for (const [name, wanted] of Object.entries(window.dParams))
      comparison.close(`${what} d${name}`, got.gradients[name]!, decode(wanted).data)
  }
  const sums = addUp(all)
  const full = file.k2 >= file.sizes.T ? file.expected.fullBptt : file.expected.sum
  for (const [name, wanted] of Object.entries({ ...file.expected.sum, ...full })) {
    comparison.close(`${file.name} Σd${name}`, sums[name]!, decode(wanted).data)
  }
}
