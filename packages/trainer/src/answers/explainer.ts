import { mapTensors, type Network, type Session } from '@unroll/bptt'
import { toJsonNumber, type PredictionRequest, type SequencePrediction } from '@unroll/contract'
import type { AskedRow } from '@unroll/tasks'
import type { RowStates } from './row_runner.ts'

/** T of the windows that are gone back through, each a graph of its own: a sequence is padded to the least that holds it. */
const WINDOW_STEPS = [32, 128, 512, 2048] as const

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
    { steps, inputs }: AskedRow,
    last: Float32Array,
    wanted: Pick<PredictionRequest, 'saliency' | 'gates'>,
  ): Promise<Pick<SequencePrediction, 'saliency' | 'gates'>> {
    const { inputs: kind, readout, mode } = this.#network
    const T = WINDOW_STEPS.find((size) => steps <= size)
    if (T === undefined)
      throw new RangeError(`Cannot explain an answer as a sequence must have at most 2048 steps: it has ${steps}`)
    const X = kind.kind === 'symbols' ? 1 : kind.size
    const padded = kind.kind === 'symbols' ? new Int32Array(T) : new Float32Array(T * X)
    padded.set(inputs)
    const answers = mode === 'many_to_one' ? 1 : T
    const weights = new Float32Array(answers * readout.size)
    const output = readout.kind === 'identity' ? 0 : last.indexOf(Math.max(...last))
    weights[(mode === 'many_to_one' ? 0 : steps - 1) * readout.size + output] = 1
    const rows = { steps: T, inputs: padded, lengths: Int32Array.of(steps), states: this.#initial, weights }
    const { gradients, gates } = await this.#session.explain(rows)
    return {
      ...(wanted.saliency && { saliency: ofSteps(gradients, T, norm).slice(0, steps) }),
      ...(wanted.gates && { gates: mapTensors(gates, (values) => ofSteps(values, T, mean).slice(0, steps)) }),
    }
  }

  dispose(): void {
    this.#session.dispose()
  }
}

type Values = Float32Array | Float64Array

/** A number of the values of each of T steps. */
function ofSteps(values: Values, T: number, reduce: (own: Values) => number) {
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
