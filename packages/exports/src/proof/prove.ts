// Makes the proof of a network: draws what it is asked, and computes what it answers in plain loops and float64.

import { initialStates, mapTensors, predictRows, listLayerShapes, type Network, type Tensors } from '@unroll/bptt'
import { oracleInterpreter, type Interpreter, type Tensor64 } from '@unroll/engines'
import { random } from '@unroll/random'
import { readAskedRows } from '@unroll/tasks'
import type { TrainedNetwork } from '../model.ts'
import { countColumns, drawRow } from './drawn_rows.ts'
import { encodeStates, encodeTensor, type Proof, type ProofCase, type ProofTensor } from './proof.ts'

/** Of the rows of each case: the longest first, and the shortest first. */
const LENGTHS = [
  [6, 3, 1],
  [1, 4, 6],
] as const
const STEPS = 6
/** Outputs are of the order of 1, and float32 sums of thousands of terms differ by this much between libraries. */
const TOLERANCE = 1e-5

/** The states of all rows by layer and name, [N,H] each. */
type States = readonly Readonly<Record<string, Float32Array>>[]

export function prove(model: TrainedNetwork): Proof {
  const prover = new Prover(model)
  const cases: ProofCase[] = []
  let states: States | undefined
  for (const [index, lengths] of LENGTHS.entries()) {
    const { proved, final } = prover.answer(lengths, index, states)
    cases.push(proved)
    states = final
  }
  return { tolerance: TOLERANCE, cases }
}

class Prover {
  readonly #model: TrainedNetwork
  /** Answers at every step, also where the network is asked for its last answer alone, unless that reads the ends of two directions. */
  readonly #network: Network
  readonly #interpreter: Interpreter<Tensor64> = oracleInterpreter()
  readonly #parameters: Tensors<Tensor64>

  constructor(model: TrainedNetwork) {
    this.#model = model
    const { bidirectional, mode } = model.network
    this.#network = { ...model.network, mode: bidirectional ? mode : 'many_to_many', batchSize: LENGTHS[0].length }
    this.#parameters = Object.fromEntries(
      Object.entries(model.parameters).map(([name, { shape, data }]) => [name, this.#interpreter.upload(shape, data)]),
    )
  }

  /** @param before the initial state of the network unless given */
  answer(lengths: readonly number[], index: number, before: States | undefined): { proved: ProofCase; final: States } {
    const { decoding, origin } = this.#model
    const draw = random(0, `proof.${origin.sha256}`, index)
    const drawn = lengths.map((steps) => drawRow(decoding, steps, draw))
    const read = readAskedRows(
      decoding,
      drawn.map(({ asked }) => asked),
    ).map(({ inputs }) => inputs)
    const initial = before ?? this.#initialStates()
    const { outputs, final } = this.#run(lengths, read, initial)
    const [N, K] = [lengths.length, this.#network.readout.size]
    const isIds = this.#network.inputs.kind === 'symbols'
    const F = isIds || decoding.kind === 'text' ? 1 : countColumns(decoding)
    const numbers = padRows(
      drawn.map((row) => row.numbers),
      F,
    )
    const X = isIds ? 1 : this.#network.inputs.size
    const asInputs = (rows: Float32Array, width: number): ProofTensor =>
      isIds ? encodeTensor([N, STEPS], Int32Array.from(rows)) : encodeTensor([N, STEPS, width], rows)
    const proved = {
      lengths,
      inputs: asInputs(isIds ? padRows(read, X) : numbers, F),
      network_inputs: asInputs(padRows(read, X), X),
      initial: encodeStates(this.#network, initial),
      outputs: encodeTensor([N, STEPS, K], outputs),
      final: encodeStates(this.#network, final),
    }
    return { proved, final }
  }

  #initialStates(): States {
    const { ops } = this.#interpreter
    return this.#download(initialStates(ops, this.#network, this.#parameters))
  }

  #run(lengths: readonly number[], rows: readonly ArrayLike<number>[], initial: States) {
    const { ops, upload } = this.#interpreter
    const { inputs: kind, readout } = this.#network
    const N = lengths.length
    const X = kind.kind === 'symbols' ? 1 : kind.size
    const timeMajor = transposeRows(padRows(rows, X), N, X)
    const inputs = upload(kind.kind === 'symbols' ? [STEPS, N] : [STEPS, N, X], timeMajor)
    const mask = {
      steps: Array.from({ length: STEPS }, (_, t) =>
        upload(
          [N, 1],
          lengths.map((length) => Number(t < length)),
        ),
      ),
    }
    const before = listLayerShapes(this.#network).map((shapes, layer) =>
      mapTensors(shapes, (shape, name) => upload(shape, initial[layer]![name]!)),
    )
    const bound = { ops, network: this.#network, parameters: this.#parameters }
    const { outputs, after } = predictRows(bound, { inputs, mask }, before)
    return {
      outputs: this.#rowMajor(this.#interpreter.download(outputs), lengths, readout.size),
      final: this.#download(after),
    }
  }

  /** [T·N,K] as [N,T,K], zeros behind the end of each row; [N,K] at its last step. */
  #rowMajor(outputs: ArrayLike<number>, lengths: readonly number[], K: number): Float32Array {
    const N = lengths.length
    const rows = new Float32Array(N * STEPS * K)
    const isOnce = this.#network.mode === 'many_to_one'
    for (const [n, length] of lengths.entries())
      for (let t = isOnce ? length - 1 : 0; t < length; t++)
        for (let k = 0; k < K; k++) rows[(n * STEPS + t) * K + k] = outputs[((isOnce ? 0 : t) * N + n) * K + k]!
    return rows
  }

  #download(layers: readonly Tensors<Tensor64>[]): States {
    return layers.map((states) => mapTensors(states, (state) => Float32Array.from(this.#interpreter.download(state))))
  }
}

/** Rows of unequal length as [N,STEPS,width], zeros behind the end of each. */
function padRows(rows: readonly ArrayLike<number>[], width: number): Float32Array {
  const padded = new Float32Array(rows.length * STEPS * width)
  for (const [n, row] of rows.entries()) padded.set(row, n * STEPS * width)
  return padded
}

/** [N,STEPS,width] as [STEPS,N,width]. */
function transposeRows(rows: Float32Array, N: number, width: number): Float32Array {
  const steps = new Float32Array(rows.length)
  for (let n = 0; n < N; n++)
    for (let t = 0; t < STEPS; t++)
      for (let x = 0; x < width; x++) steps[(t * N + n) * width + x] = rows[(n * STEPS + t) * width + x]!
  return steps
}
