import { flattenLayers, joinFlow, lossGradients, prefixed, statesAfter, under, type HostTensor } from '@unroll/bptt'
import { fromCanonical, toCanonical } from '@unroll/exports'
import { answeredBatch, uploadBatch, type Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, numbersOf, type GoldenNumber, type GoldenTensor, type GoldenTensors } from './read.ts'
import { download, upload } from '../interpreters.ts'
import { smallNetwork, type CellName } from '../networks.ts'

export interface StackFile {
  readonly name: string
  readonly cell: CellName
  readonly mode: 'many_to_many' | 'many_to_one'
  readonly sizes: {
    readonly T: number
    readonly N: number
    readonly V: number
    readonly X: number
    readonly H: readonly number[]
    readonly K: number
  }
  readonly params: GoldenTensors
  readonly tokens: GoldenTensor
  readonly targets: GoldenTensor
  readonly lengths: readonly number[]
  readonly h0: readonly GoldenTensor[]
  readonly c0?: readonly GoldenTensor[]
  readonly expected: {
    readonly loss: number
    readonly lastH: readonly GoldenTensor[]
    readonly lastC?: readonly GoldenTensor[]
    readonly dParams: GoldenTensors
    readonly dh0: readonly GoldenTensor[]
    readonly dc0?: readonly GoldenTensor[]
    readonly hGradNorm: readonly (readonly GoldenNumber[])[]
    readonly cGradNorm?: readonly (readonly GoldenNumber[])[]
  }
}

/**
 * The tensor with zeros at the end of each axis. The golden layers differ in size and ours do not: a unit whose weights
 * and initial state are zero stays at zero, sends nothing on and has no gradient, so padding is exact.
 */
function padded({ shape, data }: HostTensor, wanted: readonly number[]): HostTensor {
  const result = new Float64Array(wanted.reduce((a, b) => a * b, 1))
  const width = shape.at(-1) ?? 1
  const wantedWidth = wanted.at(-1) ?? 1
  for (const [index, value] of data.entries()) {
    result[Math.floor(index / width) * wantedWidth + (index % width)] = value
  }
  return { shape: wanted, data: result }
}

/** A golden parameter, by our canonical name and in our size. */
function paddedParameters(tensors: GoldenTensors, { sizes }: StackFile): Readonly<Record<string, HostTensor>> {
  const H = Math.max(...sizes.H)
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { shape } = tensor
      const ownName = name.replace(/^layer(\d)\./, 'layers.$1.')
      if (name === 'embedding' || name === 'readout.bo') return [ownName, decode(tensor)]
      if (name === 'readout.Wo') return [ownName, padded(decode(tensor), [shape[0]!, H])]
      const below = name.startsWith('layer0.') ? sizes.X : H
      return [ownName, padded(decode(tensor), shape.length === 2 ? [H, below + H] : [H])]
    }),
  )
}

/** Every number of one file against one interpreter. */
export function compareStack<X>(interpreter: Interpreter<X>, file: StackFile, comparison: Comparison): void {
  const { ops } = interpreter
  const { sizes, expected } = file
  const { T, N, V, K } = sizes
  const H = Math.max(...sizes.H)
  const network = smallNetwork(
    file.cell,
    { N, X: V, H, K, layers: 2 },
    { inputs: { kind: 'symbols', size: V }, embedding: sizes.X, mode: file.mode },
  )
  const states = (h: readonly GoldenTensor[], c: readonly GoldenTensor[] | undefined) =>
    h.map((hLayer, layer) => ({
      h: padded(decode(hLayer), [N, H]),
      ...(c && { c: padded(decode(c[layer]!), [N, H]) }),
    }))

  const parameters = upload(interpreter, fromCanonical(network, paddedParameters(file.params, file)))
  const carried = states(file.h0, file.c0).map((layer) => upload(interpreter, layer))
  const given = {
    steps: T,
    inputs: Int32Array.from(decode(file.tokens).data),
    targets: Int32Array.from(decode(file.targets).data),
    lengths: Int32Array.from(file.lengths),
  }
  const batch = uploadBatch(interpreter, network, answeredBatch(network, given, T), [])
  const window = { from: 'carried', lossSteps: T } as const
  const result = lossGradients({ ops, network, parameters }, { ...window, carried }, batch, { flow: true })
  const flow = result.layers.map((layer) => joinFlow(ops, [layer.flow]))
  const got = download(interpreter, {
    loss: result.answer.loss,
    ...prefixed(flattenLayers(statesAfter(ops, result, T)), 'last '),
    ...prefixed(flattenLayers(result.layers.map(({ dInitial }) => dInitial)), 'initial gradient '),
    ...prefixed(result.gradients, 'd'),
    ...prefixed(flattenLayers(flow), 'flow '),
  })

  comparison.close(`${file.name} loss`, got['loss']!.data, [expected.loss])
  const wantedStates = {
    ...prefixed(flattenLayers(states(expected.lastH, expected.lastC)), 'last '),
    ...prefixed(flattenLayers(states(expected.dh0, expected.dc0)), 'initial gradient '),
  }
  for (const [name, { data }] of Object.entries(wantedStates))
    comparison.close(`${file.name} ${name}`, got[name]!.data, data)
  const gradients = toCanonical(network, under(got, 'd'))
  for (const [name, { data }] of Object.entries(paddedParameters(expected.dParams, file)))
    comparison.close(`${file.name} d${name}`, gradients[name]!.data, data)
  for (const [name, { data }] of Object.entries(under(got, 'flow '))) {
    const [layer, state] = name.split('.') as [string, 'h' | 'c']
    const wanted = { h: expected.hGradNorm, c: expected.cGradNorm }[state]?.[Number(layer)]
    const norms = Float64Array.from(data, (log10) => 10 ** log10)
    comparison.close(`${file.name} ${name}GradNorm`, norms, numbersOf(wanted ?? []))
  }
}
