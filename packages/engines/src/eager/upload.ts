import {
  dropoutShapes,
  zoneoutShapes,
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
import { isMasked, stepMask } from '../session/step_mask.ts'
import type { DrawnMasks } from '../session/masks.ts'
import type { Interpreter } from './interpreter.ts'

/** A batch that fits the network as tensors, with the masks of an update. */
export function uploadBatch<X>(
  { upload }: Interpreter<X>,
  network: Network,
  { batch, targets }: AnsweredBatch,
  masks: DrawnMasks | undefined,
): StepBatch<X> {
  const { batchSize: N, inputs, readout } = network
  const rows = readout.kind === 'softmax' ? [targets.length] : [targets.length / readout.size, readout.size]
  return {
    inputs: upload(inputs.kind === 'symbols' ? [batch.steps, N] : [batch.steps, N, inputs.size], batch.inputs),
    targets: upload(rows, targets),
    ...uploadMask(upload, batch),
    ...(masks && uploadMasks(upload, network, { steps: batch.steps, masks })),
  }
}

function uploadMasks<X>(
  upload: Interpreter<X>['upload'],
  network: Network,
  { steps, masks }: { readonly steps: number; readonly masks: DrawnMasks },
): Pick<RowConditions<X>, 'dropout' | 'zoneout'> {
  const dropped = dropoutShapes(network)
  const zoned = zoneoutShapes(network, steps)
  return {
    dropout: masks.dropout.map((mask, index) => upload(dropped[index]!, mask)),
    zoneout: masks.zoneout.map((mask, index) => ({ rows: upload(zoned[index]!, mask) })),
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
  { states }: Pick<RowBatch, 'states'>,
): readonly Tensors<X>[] {
  return listLayerShapes(network).map((shapes, layer) =>
    mapTensors(shapes, (shape, state) => upload(shape, states[`${layer}.${state}`]!)),
  )
}

function uploadMask<X>(
  upload: Interpreter<X>['upload'],
  batch: Pick<Batch, 'steps' | 'lengths' | 'mask'>,
): Pick<RowConditions<X>, 'mask'> {
  if (!isMasked(batch)) return {}
  const mask = stepMask(batch)
  const N = mask.length / batch.steps
  const at = (t: number): X => upload([N, 1], mask.slice(t * N, (t + 1) * N))
  return { mask: { steps: Array.from({ length: batch.steps }, (_, t) => at(t)) } }
}
