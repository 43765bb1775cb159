import {
  mapTensors,
  type Batch,
  type ExplainedBatch,
  type ExplainedRows,
  type Network,
  type Session,
  type TracedRows,
} from '@unroll/bptt'
import { toJsonNumber, type PredictionRequest, type SequencePrediction, type TracedSequence } from '@unroll/contract'
import type { AskedRow } from '@unroll/tasks'
import type { RowStates } from './row_runner.ts'

/** T of the windows that are gone back through, each a graph of its own: a sequence is padded to the least that holds it. */
const WINDOW_STEPS = [32, 128, 512, 2048] as const

/** What is traced of a row: its answers and layers, as numbers. */
export interface TracedRow extends Pick<TracedSequence, 'saliency' | 'layers'> {
  /** Of the read-out before its nonlinearity, [T,K]. */
  readonly outputs: Float32Array
  /** Where what was gone back from is a loss. */
  readonly loss: number | undefined
}

/** Says what answers rest on, one sequence after another. */
export class Explainer {
  readonly #session: Session
  readonly #network: Network
  readonly #initial: RowStates

  /** @param session of a program with one row */
  constructor(session: Session, network: Network, initial: RowStates) {
    this.#session = session
    this.#network = network
    this.#initial = initial
  }

  /** @param last outputs after the last step, [K], of which the largest is explained, or the first of numbers */
  async explain(
    row: AskedRow,
    last: Float32Array,
    wanted: Pick<PredictionRequest, 'saliency' | 'gates'>,
  ): Promise<Pick<SequencePrediction, 'saliency' | 'gates'>> {
    const { gradients, gates } = await this.#session.explain({ ...this.#pad(row), of: this.#weigh(row, last) })
    const read = (values: Values, reduce: (own: Values) => number) =>
      stepNumbers(values, windowSteps(row), reduce).slice(0, row.steps)
    return {
      ...(wanted.saliency && { saliency: read(gradients, norm) }),
      ...(wanted.gates && { gates: mapTensors(gates, (values) => read(values, mean)) }),
    }
  }

  /**
   * All that a row is computed by, and the way back.
   *
   * @param of outputs after the last step, [K], the largest of which is gone back from, or the first of numbers; or targets,
   *   from whose loss
   */
  async trace(row: AskedRow, of: { last: Float32Array } | Pick<Batch, 'targets'>): Promise<TracedRow> {
    const explained = 'last' in of ? this.#weigh(row, of.last) : { targets: this.#padTargets(row, of.targets) }
    const found = await this.#session.explain({ ...this.#pad(row), of: explained, traced: true })
    const { layers } = this.#network
    return readTrace(found, { T: windowSteps(row), steps: row.steps, layers: layers.map(({ name }) => name) })
  }

  dispose(): void {
    this.#session.dispose()
  }

  #pad(row: AskedRow): Omit<ExplainedBatch, 'of'> {
    const { inputs: kind } = this.#network
    const T = windowSteps(row)
    const padded = kind.kind === 'symbols' ? new Int32Array(T) : new Float32Array(T * kind.size)
    padded.set(row.inputs)
    const mask = row.mask && Uint8Array.from({ length: T }, (_, t) => row.mask![t] ?? 0)
    return {
      steps: T,
      inputs: padded,
      lengths: Int32Array.of(row.steps),
      ...(mask && { mask }),
      states: row.start ?? this.#initial,
    }
  }

  /** The output that is explained, alone. */
  #weigh(row: AskedRow, last: Float32Array): { weights: Float32Array } {
    const { readout, mode } = this.#network
    const isWhole = mode === 'many_to_one'
    const weights = new Float32Array((isWhole ? 1 : windowSteps(row)) * readout.size)
    const output = readout.kind === 'identity' ? 0 : last.indexOf(Math.max(...last))
    weights[(isWhole ? 0 : row.steps - 1) * readout.size + output] = 1
    return { weights }
  }

  #padTargets(row: AskedRow, targets: Batch['targets']): Batch['targets'] {
    const { readout, mode } = this.#network
    if (mode === 'many_to_one') return targets
    const T = windowSteps(row)
    const padded =
      readout.kind === 'softmax' ? new Int32Array(T).fill(-1) : new Float32Array(T * readout.size).fill(Number.NaN)
    padded.set(targets)
    return padded
  }
}

function windowSteps({ steps }: AskedRow): number {
  const T = WINDOW_STEPS.find((size) => steps <= size)
  if (T === undefined)
    throw new RangeError(`Cannot explain an answer as a sequence must have at most 2048 steps: it has ${steps}`)
  return T
}

type Values = Float32Array | Float64Array

/** What is traced of the first steps of a window of T. */
function readTrace(
  { gradients, gates, trace }: ExplainedRows,
  { T, steps, layers }: { T: number; steps: number; layers: readonly string[] },
): TracedRow {
  const { loss, outputs, states, stateGradients } = trace as TracedRows
  const ofLayer = (all: Readonly<Record<string, Values>>, layer: number) => {
    const own = Object.entries(all).filter(([name]) => name.startsWith(`${layer}.`))
    return Object.fromEntries(
      own.map(([name, values]) => [name.slice(`${layer}.`.length), firstSteps(values, T, steps)]),
    )
  }
  return {
    loss,
    outputs: firstSteps(outputs, T, steps),
    saliency: stepNumbers(gradients, T, norm).slice(0, steps),
    layers: layers.map((name, layer) => ({
      name,
      gates: ofLayer(gates, layer),
      states: ofLayer(states, layer),
      gradients: ofLayer(stateGradients, layer),
    })),
  }
}

/** The numbers of the first steps of a window of T. */
function firstSteps(values: Values, T: number, steps: number): Float32Array {
  return Float32Array.from(values.subarray(0, (values.length / T) * steps))
}

/** A number of the values of each of T steps. */
function stepNumbers(values: Values, T: number, reduce: (own: Values) => number) {
  const width = values.length / T
  return Array.from({ length: T }, (_, t) => toJsonNumber(reduce(values.subarray(t * width, (t + 1) * width))))
}

function norm(values: Values): number {
  let sum = 0
  for (const value of values) sum += value * value
  return Math.sqrt(sum)
}

function mean(values: Values): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
