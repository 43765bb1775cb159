import {
  backpropagate,
  inputGradient,
  joinFlow,
  prefixed,
  joinRows,
  under,
  unroll,
  type HostTensor,
  type Network,
  type Ops,
  type Series,
  type SeriesByName,
  type Tensors,
} from '@unroll/bptt'
import { fromCanonical, toCanonical } from '@unroll/exports'
import type { Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, decodeAll, numbersOf, type GoldenNumber, type GoldenTensor, type GoldenTensors } from './read.ts'
import { download, upload } from '../interpreters.ts'
import { smallNetwork, type Activation, type CellName } from '../networks.ts'

export interface CellFile {
  readonly name: string
  readonly cell: CellName
  readonly activation?: Activation
  readonly sizes: {
    readonly T: number
    readonly N: number
    readonly X: number
    readonly H: number
    readonly P?: number
  }
  readonly params: GoldenTensors
  readonly x: GoldenTensor
  readonly h0: GoldenTensor
  readonly c0?: GoldenTensor
  /** The real and the imaginary part of a complex state. */
  readonly r0?: GoldenTensor
  readonly i0?: GoldenTensor
  /** Of recurrent dropout, [N,H]. */
  readonly recurrentMask?: GoldenTensor
  readonly layerNorm?: boolean
  readonly zoneout?: { readonly hidden: number; readonly cell: number }
  /** Of zoneout, [T,N,H]: 1 where h, or c, stays; the mean is gone on with where there is none. */
  readonly hiddenMask?: GoldenTensor
  readonly cellMask?: GoldenTensor
  readonly dh: GoldenTensor
  readonly expected: {
    readonly h: GoldenTensor
    readonly c?: GoldenTensor
    readonly r?: GoldenTensor
    readonly i?: GoldenTensor
    readonly dParams: GoldenTensors
    readonly dx: GoldenTensor
    readonly dh0: GoldenTensor
    readonly dc0?: GoldenTensor
    readonly dr0?: GoldenTensor
    readonly di0?: GoldenTensor
  } & Readonly<Partial<Record<NormSeries, readonly GoldenNumber[]>>>
}

type NormSeries = 'hGradNorm' | 'cGradNorm' | 'probeHGradNorm' | 'probeCGradNorm'

/** Our canonical names where a golden parameter is called otherwise. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = { indrnn: { W: 'Wh', b: 'bh' } }
const LAYER = 'layers.0.'
const GRADIENTS = 'gradients.'
const FLOW = 'flow.'

function canonicalName({ cell }: CellFile, name: string): string {
  return LAYER + (NAMES[cell]?.[name] ?? name)
}

/** Every number of one file against one interpreter. */
export function compareCell<X>(interpreter: Interpreter<X>, file: CellFile, comparison: Comparison): void {
  const { ops } = interpreter
  const { T, N, X, H, P = H } = file.sizes
  const { recurrentMask: masked } = file
  const choices = { ...file, ...(masked && { recurrentDropout: 0.4 }), ...(P < H && { projectionSize: P }) }
  const network = smallNetwork(file.cell, { N, X, H, K: 1 }, choices)
  const readout = {
    'readout.Wo': { shape: [1, P], data: new Float64Array(P) },
    'readout.bo': { shape: [1], data: new Float64Array(1) },
  }
  const given = { ...decodeAll(file.params, (name) => canonicalName(file, name)), ...readout }
  const parameters = upload(interpreter, fromCanonical(network, given))
  const initial = upload(interpreter, states(file))
  const inputs = interpreter.upload(file.x.shape, decode(file.x).data)
  const dh = interpreter.upload([T * N, P], decode(file.dh).data)
  const [, dhLast] = ops.split(dh, [(T - 1) * N, N], 0)

  const bound = { ops, network, parameters }
  const dropout = masked && [interpreter.upload(masked.shape, decode(masked).data)]
  const drawn = [file.hiddenMask, file.cellMask].flatMap((mask) => mask ?? [])
  const zoneout = drawn.map((mask) => ({ rows: interpreter.upload([T * N, H], decode(mask).data) }))
  const { runs, hs } = unroll(bound, inputs, [initial], { dropout, ...(drawn.length > 0 && { zoneout }) })
  const backward = (injected: Series<X>) => backpropagate(bound, { inputs, runs, dh: injected }, { flow: true })
  const back = backward({ rows: dh })
  const layer = back.layers[0]!
  const probe = backward({ rows: ops.concat([ops.zeros([(T - 1) * N, P]), dhLast], 0) }).layers[0]!

  const { expected } = file
  const got = download(interpreter, {
    h: joinRows(ops, hs),
    ...(expected.c && { c: joinRows(ops, runs[0]!.states['c']!) }),
    ...(expected.r && { r: joinRows(ops, runs[0]!.states['r']!) }),
    ...(expected.i && { i: joinRows(ops, runs[0]!.states['i']!) }),
    dx: inputGradient(ops, under(parameters, LAYER), layer.dA),
    dh0: layer.dInitial['h']!,
    ...(expected.dc0 && { dc0: layer.dInitial['c']! }),
    ...(expected.dr0 && { dr0: layer.dInitial['r']! }),
    ...(expected.di0 && { di0: layer.dInitial['i']! }),
    ...prefixed(back.gradients, GRADIENTS),
    ...prefixed({ ...flow(ops, layer.flow, ''), ...flow(ops, probe.flow, 'probe') }, FLOW),
  })
  for (const name of ['h', 'c', 'r', 'i', 'dx', 'dh0', 'dc0', 'dr0', 'di0'] as const) {
    if (got[name]) comparison.close(`${file.name} ${name}`, got[name].data, decode(expected[name]!).data)
  }
  compareParameters(network, under(got, GRADIENTS), file, comparison)
  for (const [series, { data }] of Object.entries(under(got, FLOW))) {
    const norms = Float64Array.from(data, (log10) => 10 ** log10)
    comparison.close(`${file.name} ${series}`, norms, numbersOf(expected[series as NormSeries] ?? []))
  }
}

function states({ h0, c0, r0, i0 }: CellFile): Readonly<Record<string, HostTensor>> {
  return { h: decode(h0), ...(c0 && { c: decode(c0) }), ...(r0 && { r: decode(r0) }), ...(i0 && { i: decode(i0) }) }
}

function compareParameters(
  network: Network,
  gradients: Readonly<Record<string, HostTensor>>,
  file: CellFile,
  comparison: Comparison,
): void {
  const { H, P = H } = file.sizes
  const readout = {
    'readout.Wo': { shape: [P, 1], data: new Float64Array(P) },
    'readout.bo': { shape: [1], data: new Float64Array(1) },
  }
  const canonical = toCanonical(network, { ...gradients, ...readout })
  for (const [name, wanted] of Object.entries(file.expected.dParams)) {
    comparison.close(`${file.name} d${name}`, canonical[canonicalName(file, name)]!.data, decode(wanted).data)
  }
}

/** log₁₀ of hGradNorm and cGradNorm, or of probeHGradNorm and probeCGradNorm. */
function flow<X>(ops: Ops<X>, series: SeriesByName<X>, prefix: '' | 'probe'): Tensors<X> {
  const named = (state: string): string => (prefix === '' ? `${state}GradNorm` : `probe${state.toUpperCase()}GradNorm`)
  return Object.fromEntries(Object.entries(joinFlow(ops, [series])).map(([state, norms]) => [named(state), norms]))
}
