import type { Batch, Network, RowBatch, RowConditions, StepBatch } from '@unroll/bptt'
import type { AnsweredBatch } from '../session/batch.ts'
import type { Interpreter } from './interpreter.ts'

/** A batch that fits the network as tensors; `dropout` holds the masks of the update, [N,H] each. */
export function uploadBatch<X>(
  { upload }: Interpreter<X>,
  network: Network,
  { batch, targets }: AnsweredBatch,
  dropout: readonly Float64Array[],
): StepBatch<X> {
  const { batchSize: N, hiddenSize: H, inputs, readout } = network
  const rows = readout.kind === 'softmax' ? [targets.length] : [targets.length / readout.size, readout.size]
  return {
    inputs: upload(inputs.kind === 'symbols' ? [batch.steps, N] : [batch.steps, N, inputs.size], batch.inputs),
    targets: upload(rows, targets),
    ...uploadMask(upload, batch),
    ...(dropout.length > 0 && { dropout: dropout.map((dropoutMask) => upload([N, H], dropoutMask)) }),
  }
}

/** Rows that fit the network as tensors. */
export function uploadRows<X>(
  { upload }: Interpreter<X>,
  { batchSize: N, inputs }: Network,
  rows: RowBatch,
): Pick<StepBatch<X>, 'inputs' | 'mask'> {
  const { steps } = rows
  return {
    inputs: upload(inputs.kind === 'symbols' ? [steps, N] : [steps, N, inputs.size], rows.inputs),
    ...uploadMask(upload, rows),
  }
}

function uploadMask<X>(
  upload: Interpreter<X>['upload'],
  { steps, lengths }: Pick<Batch, 'steps' | 'lengths'>,
): Pick<RowConditions<X>, 'mask'> {
  if (lengths === undefined) return {}
  const at = (t: number): X =>
    upload(
      [lengths.length, 1],
      Float32Array.from(lengths, (length) => Number(t < length)),
    )
  return { mask: { steps: Array.from({ length: steps }, (_, t) => at(t)) } }
}
