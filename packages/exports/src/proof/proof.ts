// The proof of a file: inputs, the states before them, and what the network answers to them at every step, computed in
// float64. Whoever runs the file elsewhere compares.

import type { Network } from '@unroll/bptt'
import { haveOneSize, stateSize } from '@unroll/contract'

/** Numbers as text: little-endian, base64. */
export interface ProofTensor {
  readonly shape: readonly number[]
  readonly dtype: 'F32' | 'I32'
  readonly data: string
}

/** Rows of unequal length that go through the network. Behind the last step of a row everything is 0. */
export interface ProofCase {
  /** Steps of each row, [N]. */
  readonly lengths: readonly number[]
  /** In the units of the data: numbers [N,T,F], NaN where one is missing, or ids [N,T]. */
  readonly inputs: ProofTensor
  /** What the network itself reads of them: numbers [N,T,X], or ids [N,T]. */
  readonly network_inputs: ProofTensor
  /** States before the first step, [layers,N,H] by name, each direction a layer of its own; of layers that differ in size [N,H] by layer and name, `0.h`. */
  readonly initial: Readonly<Record<string, ProofTensor>>
  /** Of the read-out before its nonlinearity, at every step: [N,T,K]; at the last step of each row alone where that reads the ends of two directions. */
  readonly outputs: ProofTensor
  /** States after the last step of each row, in the same form. */
  readonly final: Readonly<Record<string, ProofTensor>>
}

export interface Proof {
  /** The largest difference that float32 explains. */
  readonly tolerance: number
  /** The first begins with the initial state of the network, the second goes on where the first ended. */
  readonly cases: readonly ProofCase[]
}

export function encodeTensor(shape: readonly number[], data: Float32Array | Int32Array): ProofTensor {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return { shape, dtype: data instanceof Int32Array ? 'I32' : 'F32', data: bytes.toString('base64') }
}

/** The states of each layer by name, [N,H] each, as one tensor [layers,N,H] by name; where layers differ in size, each by itself. */
export function encodeStates(
  { layers, batchSize: N }: Pick<Network, 'layers' | 'batchSize'>,
  states: readonly Readonly<Record<string, Float32Array>>[],
): Record<string, ProofTensor> {
  const sizes = layers.map(({ hiddenSize }) => hiddenSize)
  const names = Object.keys(states[0]!)
  const encoded = haveOneSize(sizes)
    ? names.map((name) => {
        const all = Float32Array.from(states.flatMap((own) => [...own[name]!]))
        return [name, encodeTensor([layers.length, N, stateSize(layers[0]!, name)], all)] as const
      })
    : states.flatMap((own, layer) =>
        names.map(
          (name) => [`${layer}.${name}`, encodeTensor([N, stateSize(layers[layer]!, name)], own[name]!)] as const,
        ),
      )
  return Object.fromEntries(encoded)
}

export function decodeTensor({ dtype, data }: ProofTensor): Float32Array | Int32Array {
  const { buffer } = Uint8Array.from(Buffer.from(data, 'base64')) // of its own, and so aligned
  return dtype === 'I32' ? new Int32Array(buffer) : new Float32Array(buffer)
}
