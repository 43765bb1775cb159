import {
  dropoutShapes,
  mapTensors,
  listLayerShapes,
  type Batch,
  type Network,
  type RowBatch,
  type RowConditions,
  type StepBatch,
  type Tensors,
} from '@unroll/bptt'
import type { AnsweredBatch } from '../session/batch.ts'
import type { Interpreter } from './interpreter.ts'

/** A batch that fits the network as tensors; `dropout` holds the masks of the update, [N,H] each. */
export function uploadBatch<X>(
  { upload }: Interpreter<X>,
  network: Network,
  { batch, targets }: AnsweredBatch,
  dropout: readonly Float64Array[],
): StepBatch<X> {
  const { batchSize: N, inputs, readout } = network
  const masks = dropoutShapes(network)
  const rows = readout.kind === 'softmax' ? [targets.length] : [targets.length / readout.size, readout.size]
  return {
    inputs: upload(inputs.kind === 'symbols' ? [batch.steps, N] : [batch.steps, N, inputs.size], batch.inputs),
    targets: upload(rows, targets),
    ...uploadMask(upload, batch),
    ...(dropout.length > 0 && { dropout: dropout.map((mask, layer) => upload(masks[layer]!, mask)) }),
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

/** The states of rows before their first step, by layer. */
export function uploadStates<X>(
  { upload }: Interpreter<X>,
  network: Network,
  { states }: RowBatch,
): readonly Tensors<X>[] {
  return listLayerShapes(network).map((shapes, layer) =>
    mapTensors(shapes, (shape, state) => upload(shape, states[`${layer}.${state}`]!)),
  )
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
