import {
  createNetwork,
  flattenLayers,
  joinFlow,
  lossGradients,
  prefixed,
  statesAfter,
  under,
  type Batch,
  type BoundNetwork,
  type HostTensor,
  type Program,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import { fromCanonical, toCanonical } from '@unroll/exports'
import { answeredBatch, uploadBatch, type Interpreter } from '@unroll/engines'
import type { Comparison } from '../comparison.ts'
import { decode, decodeAll, numbersOf, type GoldenNumber, type GoldenTensor, type GoldenTensors } from './read.ts'
import { download, upload } from '../interpreters.ts'
import { modelOf, type CellName } from '../networks.ts'
import { program } from '../programs.ts'

export interface StackFile {
  readonly name: string
  readonly cell: CellName
  readonly mode: 'many_to_many' | 'many_to_one'
  /** Whether the output of the upper layer is that of the lower added to h_t. */
  readonly residual?: boolean
  /** Whether each layer reads in both directions: `layer0.forward.Wc`, and states and norms of each direction in turn. */
  readonly bidirectional?: boolean
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
  /** [T][N]: 0 at the steps that a row leaves out; none are unless given. */
  readonly mask?: readonly (readonly number[])[]
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

/** Golden parameters, by our canonical names. */
export function parametersOf(tensors: GoldenTensors): Readonly<Record<string, HostTensor>> {
  return decodeAll(tensors, (name) => name.replace(/^layer(\d)\./, 'layers.$1.'))
}

/** A network on an interpreter, and a window of it. */
export interface OpenStack<X> {
  readonly bound: BoundNetwork<X>
  readonly window: { readonly from: 'carried'; readonly lossSteps: number; readonly carried: readonly Tensors<X>[] }
  readonly batch: StepBatch<X>
}

/** The network of a file on an interpreter, with its window. */
export function openStack<X>(interpreter: Interpreter<X>, file: StackFile): OpenStack<X> {
  const { T } = file.sizes
  const network = createNetwork(readProgram(file))
  const parameters = upload(interpreter, fromCanonical(network, parametersOf(file.params)))
  const carried = readStates(file).map((layer) => upload(interpreter, layer))
  const batch = uploadBatch(interpreter, network, answeredBatch(network, readBatch(file), T), undefined)
  const bound = { ops: interpreter.ops, network, parameters }
  return { bound, window: { from: 'carried', lossSteps: T, carried }, batch }
}

/** The program of a file's network, trained by plain gradient descent. */
export function readProgram({ cell, mode, residual, bidirectional, sizes: { N, V, X, H, K } }: StackFile): Program {
  const model = modelOf(
    cell,
    { H },
    { embedding: X, ...(residual && { residual }), ...(bidirectional && { bidirectional }) },
  )
  const [inputs, readout] = [{ kind: 'symbols', size: V } as const, { kind: 'softmax', size: K } as const]
  return program({ model, inputs, readout, mode, batchSize: N })
}

/** The window of a file. */
export function readBatch({ sizes: { T }, ...file }: StackFile): Batch {
  return {
    steps: T,
    inputs: Int32Array.from(decode(file.tokens).data),
    targets: Int32Array.from(decode(file.targets).data),
    lengths: Int32Array.from(file.lengths),
    ...(file.mask && { mask: Uint8Array.from(file.mask.flat()) }),
  }
}

/** (h_0, c_0) of each layer of a file, [N,H] each. */
export function readStates({ h0, c0 }: StackFile): readonly Tensors<HostTensor>[] {
  return decodeStates(h0, c0)
}

function decodeStates(h: readonly GoldenTensor[], c: readonly GoldenTensor[] | undefined) {
  return h.map((hLayer, layer) => ({ h: decode(hLayer), ...(c && { c: decode(c[layer]!) }) }))
}

/** Every number of one file against one interpreter. */
export function compareStack<X>(interpreter: Interpreter<X>, file: StackFile, comparison: Comparison): void {
  const { ops } = interpreter
  const { expected } = file
  const { bound, window, batch } = openStack(interpreter, file)
  const { network } = bound
  const result = lossGradients(bound, window, batch, { flow: true })
  const flow = result.layers.map((layer) => joinFlow(ops, [layer.flow]))
  const got = download(interpreter, {
    loss: result.answer.loss,
    ...prefixed(flattenLayers(statesAfter(ops, result, file.sizes.T)), 'last '),
    ...prefixed(flattenLayers(result.layers.map(({ dInitial }) => dInitial)), 'initial gradient '),
    ...prefixed(result.gradients, 'd'),
    ...prefixed(flattenLayers(flow), 'flow '),
  })

  comparison.close(`${file.name} loss`, got['loss']!.data, [expected.loss])
  const wantedStates = {
    ...prefixed(flattenLayers(decodeStates(expected.lastH, expected.lastC)), 'last '),
    ...prefixed(flattenLayers(decodeStates(expected.dh0, expected.dc0)), 'initial gradient '),
  }
  for (const [name, { data }] of Object.entries(wantedStates))
    comparison.close(`${file.name} ${name}`, got[name]!.data, data)
  const gradients = toCanonical(network, under(got, 'd'))
  for (const [name, { data }] of Object.entries(parametersOf(expected.dParams)))
    comparison.close(`${file.name} d${name}`, gradients[name]!.data, data)
  for (const [name, { data }] of Object.entries(under(got, 'flow '))) {
    const [layer, state] = name.split('.') as [string, 'h' | 'c']
    const wanted = { h: expected.hGradNorm, c: expected.cGradNorm }[state]?.[Number(layer)]
    const taken = network.layers[Number(layer)]!.direction === 'forward' ? data : data.toReversed()
    const norms = Float64Array.from(taken, (log10) => 10 ** log10)
    comparison.close(`${file.name} ${name}GradNorm`, norms, numbersOf(wanted ?? []))
  }
}
