// Runs the proof of a file of ONNX through onnxruntime, or whatever has its interface.

import { FormatError } from '@unroll/formats'
import { decodeTensor, type ProofCase, type ProofTensor } from '../proof/proof.ts'
import { readJson, readProof } from '../proof/read_proof.ts'
import { readOnnxTexts } from './read.ts'

type Data = Float32Array | Float64Array | Int32Array | BigInt64Array

interface RuntimeTensor {
  readonly data: unknown
  readonly dims: readonly number[]
}

/** The part of onnxruntime-node (or onnxruntime-web) that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(file: Uint8Array): Promise<{
      run(feeds: Record<string, unknown>): Promise<Record<string, RuntimeTensor>>
      release(): Promise<void>
    }>
  }
  readonly Tensor: new (type: 'float32' | 'int32' | 'int64', data: Data, dims: readonly number[]) => unknown
}

export interface Verified {
  /** The largest difference between what was computed and the proof; Infinity where one of them is not finite. */
  largest: number
  tolerance: number
  /** Numbers that were compared. */
  compared: number
  /** Runs: rows together, and each row alone. */
  runs: number
}

/**
 * Compares what a runtime computes with the proof in a file.
 *
 * @throws {FormatError} where the file is damaged, is not ours, or has no proof
 */
export async function verifyOnnx(file: Uint8Array, { InferenceSession, Tensor }: OnnxRuntime): Promise<Verified> {
  const texts = readOnnxTexts(file)
  const proof = readProof(texts)
  const answersOnce = (readJson(texts, 'model') as { mode?: unknown } | null | undefined)?.mode === 'many_to_one'
  const session = await InferenceSession.create(file)
  const verified: Verified = { largest: 0, tolerance: proof.tolerance, compared: 0, runs: 0 }
  try {
    for (const rows of proof.cases.flatMap(eachRowToo)) {
      const feeds = Object.entries(feed(rows)).map(([name, { type, data, shape }]) => [
        name,
        new Tensor(type, data, shape),
      ])
      compare(verified, rows, await session.run(Object.fromEntries(feeds) as Record<string, unknown>), answersOnce)
      verified.runs += 1
    }
  } finally {
    await session.release()
  }
  if (verified.compared === 0) throw new FormatError('Cannot verify the file as its proof holds nothing')
  return verified
}

interface Array3 {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

/** A case with its numbers decoded. */
interface Rows {
  readonly lengths: readonly number[]
  readonly inputs: Array3
  readonly initial: Readonly<Record<string, Array3>>
  readonly outputs: Array3
  readonly final: Readonly<Record<string, Array3>>
}

/** A case as it is, and each of its rows alone, no longer than it must be. */
function eachRowToo(proved: ProofCase): Rows[] {
  const all: Rows = {
    lengths: proved.lengths,
    inputs: decode(proved.inputs),
    initial: decodeAll(proved.initial),
    outputs: decode(proved.outputs),
    final: decodeAll(proved.final),
  }
  return [all, ...proved.lengths.map((length, row) => cutRow(all, row, length))]
}

function cutRow({ inputs, initial, outputs, final }: Rows, row: number, length: number): Rows {
  const steps = ({ shape, data }: Array3): Array3 => {
    const [, T = 0, ...inner] = shape
    const width = inner.reduce((product, size) => product * size, 1)
    const from = row * T * width
    return { shape: [1, length, ...inner], data: data.slice(from, from + length * width) }
  }
  const states = (named: Rows['initial']) =>
    Object.fromEntries(
      Object.entries(named).map(([name, { shape, data }]) => {
        const [layers = 0, N = 0, H = 0] = shape
        const own = Array.from({ length: layers }, (_, l) => [
          ...data.subarray((l * N + row) * H, (l * N + row + 1) * H),
        ])
        return [name, { shape: [layers, 1, H], data: Float32Array.from(own.flat()) }]
      }),
    )
  return {
    lengths: [length],
    inputs: steps(inputs),
    initial: states(initial),
    outputs: steps(outputs),
    final: states(final),
  }
}

function feed({ lengths, inputs, initial }: Rows) {
  const { shape, data } = inputs
  const isIds = data instanceof Int32Array
  const states = Object.entries(initial).map(
    ([name, state]) => [`initial_${name}`, { type: 'float32', data: state.data, shape: state.shape }] as const,
  )
  return {
    inputs: { type: isIds ? 'int64' : 'float32', data: isIds ? BigInt64Array.from(data, BigInt) : data, shape },
    lengths: { type: 'int32', data: Int32Array.from(lengths), shape: [lengths.length] },
    ...Object.fromEntries(states),
  } as Readonly<Record<string, { type: 'float32' | 'int32' | 'int64'; data: Data; shape: readonly number[] }>>
}

function compare(verified: Verified, rows: Rows, computed: Record<string, RuntimeTensor>, answersOnce: boolean): void {
  const [, T = 0, K = 0] = rows.outputs.shape
  const tell = (own: number, wanted: number) => {
    const difference = Math.abs(own - wanted)
    verified.largest = Math.max(verified.largest, Number.isFinite(difference) ? difference : Infinity)
    verified.compared += 1
  }
  const outputs = computed['outputs']?.data as Float32Array
  for (const [n, length] of rows.lengths.entries())
    for (let t = answersOnce ? length - 1 : 0; t < length; t++)
      for (let k = 0; k < K; k++)
        tell(outputs[answersOnce ? n * K + k : (n * T + t) * K + k]!, rows.outputs.data[(n * T + t) * K + k]!)
  for (const [name, { data }] of Object.entries(rows.final)) {
    const final = computed[`final_${name}`]?.data as Float32Array
    for (const [at, wanted] of data.entries()) tell(final[at]!, wanted)
  }
}

function decode(tensor: ProofTensor): Array3 {
  return { shape: tensor.shape, data: decodeTensor(tensor) }
}

function decodeAll(tensors: Readonly<Record<string, ProofTensor>>): Readonly<Record<string, Array3>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, decode(tensor)]))
}
