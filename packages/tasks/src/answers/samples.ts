import { mapTensors, type Batch } from '@unroll/bptt'
import type { Feed } from '../training_window.ts'
import type { AskedRow } from './asked_rows.ts'

/** A sequence that a run evaluates, and what should be answered to it. */
export interface Sample {
  readonly row: AskedRow
  /** Of the read-out: a row of targets for each step, or one. */
  readonly targets: Batch['targets']
}

/**
 * A sequence that is held out for evaluation, by its place; of one that is evaluated in windows the first window.
 *
 * @returns how many there are, where there are not so many
 */
export function takeSample({ evaluationBatches, problem }: Feed, place: number): Sample | number {
  let before = 0
  for (const { batch, from } of evaluationBatches) {
    if (from !== 'initial') continue
    const rows = listRows(batch, problem)
    const n = rows[place - before]
    if (n !== undefined) return readRow(batch, problem, { n, N: countRows(batch, problem) })
    before += rows.length
  }
  return before
}

/** The rows of a batch that have a step. */
function listRows(batch: Batch, problem: Feed['problem']): number[] {
  const all = Array.from({ length: countRows(batch, problem) }, (_, n) => n)
  return all.filter((n) => (batch.lengths?.[n] ?? batch.steps) > 0)
}

function countRows({ inputs, steps }: Batch, problem: Feed['problem']): number {
  return inputs.length / steps / inputWidth(problem)
}

function inputWidth({ inputs: { kind, size } }: Feed['problem']): number {
  return kind === 'symbols' ? 1 : size
}

function readRow(batch: Batch, problem: Feed['problem'], { n, N }: { n: number; N: number }): Sample {
  const { mode, readout } = problem
  const steps = batch.lengths?.[n] ?? batch.steps
  const width = readout.kind === 'softmax' ? 1 : readout.size
  return {
    row: {
      steps,
      inputs: takeRow(batch.inputs, { n, N, width: inputWidth(problem), steps }),
      ...(batch.states && { start: mapTensors(batch.states, (all) => takeStart(all, { n, N })) }),
      ...(batch.mask && { mask: takeRow(batch.mask, { n, N, width: 1, steps }) }),
    },
    targets: takeRow(batch.targets, { n, N, width, steps: mode === 'many_to_one' ? 1 : steps }),
  }
}

/** The state [H] of a row of [N,H]. */
function takeStart(all: Float32Array | Float64Array, { n, N }: { n: number; N: number }): Float32Array {
  const H = all.length / N
  return Float32Array.from(all.subarray(n * H, (n + 1) * H))
}

/** The first steps of a row of time-major [T,N,width] numbers. */
function takeRow<Values extends Float32Array | Int32Array | Uint8Array>(
  all: Values,
  { n, N, width, steps }: { n: number; N: number; width: number; steps: number },
): Values {
  const own = all.slice(0, steps * width) as Values
  for (let t = 0; t < steps; t++) for (let w = 0; w < width; w++) own[t * width + w] = all[(t * N + n) * width + w]!
  return own
}
