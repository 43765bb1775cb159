import type { Batch, Session } from '@unroll/bptt'
import type { Problem } from '@unroll/contract'
import type { LagNorms } from './estimate.ts'

type Asked = Pick<Problem, 'mode' | 'readout'>

/**
 * The gradient of one loss by lag: s is the last time step of a row that has a target, h all states of all layers, and E the mean
 * over the N rows of a batch of whole sequences. It is 0 at a lag before the beginning of a row.
 */
export async function measureLags(session: Session, batch: Batch, asked: Asked, N: number): Promise<LagNorms> {
  const T = batch.steps
  const last = findLastAnswers(batch, asked, N)
  const given = asked.mode === 'many_to_one' ? batch : { ...batch, targets: keepTargets(batch, last) }
  const { layers } = await session.inspect(given, { from: 'initial', lossSteps: T, advance: 0 })
  const squares = { each: new Float64Array(T * N), together: new Float64Array(T) }
  for (const { stateGradients } of layers)
    for (const gradients of Object.values(stateGradients)) addSquares(gradients, last, squares)
  const each = new Float64Array(T)
  for (const [row, square] of squares.each.entries()) each[Math.floor(row / N)]! += Math.sqrt(square) / N
  return { each, together: squares.together.map(Math.sqrt) }
}

/** The last time step of each row, from 0, that has a target; -1 where none has one. */
function findLastAnswers(batch: Batch, { mode, readout }: Asked, N: number): Int32Array {
  const { steps: T, mask, targets } = batch
  const K = readout.kind === 'softmax' ? 1 : readout.size
  const isTarget = readout.kind === 'softmax' ? (value: number) => value >= 0 : Number.isFinite
  const isAnswered = (t: number, n: number): boolean => {
    if (mask?.[t * N + n] === 0) return false
    if (mode === 'many_to_one') return true
    const first = (t * N + n) * K
    return targets.subarray(first, first + K).some(isTarget)
  }
  return Int32Array.from({ length: N }, (_, n) => {
    let t = (batch.lengths?.[n] ?? T) - 1
    while (t >= 0 && !isAnswered(t, n)) t--
    return t
  })
}

/** The targets of one time step of each row, and none at the others. */
function keepTargets({ steps: T, targets }: Batch, last: Int32Array): Batch['targets'] {
  const N = last.length
  const K = targets.length / (T * N)
  const kept = targets instanceof Int32Array ? new Int32Array(T * N).fill(-1) : new Float32Array(T * N * K).fill(NaN)
  for (const [n, t] of last.entries()) {
    const first = (t * N + n) * K
    if (t >= 0) kept.set(targets.subarray(first, first + K), first)
  }
  return kept
}

/**
 * Adds the squares of a state, [TN,H], to those of each lag and row, [TN], and of the mean over rows of what all lags up to one
 * come to, [T].
 */
function addSquares(
  gradients: Float32Array | Float64Array,
  last: Int32Array,
  { each, together }: { readonly each: Float64Array; readonly together: Float64Array },
): void {
  const N = last.length
  const H = gradients.length / each.length
  const sum = new Float64Array(H)
  for (let lag = 0; lag < together.length; lag++) {
    for (let n = 0; n < N; n++) {
      const t = last[n]! - lag
      if (t < 0) continue
      for (let h = 0; h < H; h++) {
        const gradient = gradients[(t * N + n) * H + h]!
        each[lag * N + n]! += gradient ** 2
        sum[h]! += gradient / N
      }
    }
    for (const value of sum) together[lag]! += value ** 2
  }
}
