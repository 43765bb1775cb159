// The table of formats: what writes the file of each.

import { explainUnexportable, UnrollError, type CheckpointFormat } from '@unroll/contract'
import { openNetwork, type Opening, type TrainedNetwork } from './model.ts'
import type { Proof } from './proof/proof.ts'
import { writeOnnx } from './onnx/write.ts'
import { prove } from './proof/prove.ts'
import { writeKeras } from './keras.ts'
import { writeCanonical, writePytorch } from './safetensors.ts'

/** Formats of the network of a checkpoint. */
export type NetworkFormat = Exclude<CheckpointFormat, 'state'>

type Write = (model: TrainedNetwork, proof: Proof) => Uint8Array<ArrayBuffer>

const WRITERS: Readonly<Record<NetworkFormat, Write>> = {
  onnx: writeOnnx,
  pytorch: writePytorch,
  keras: writeKeras,
  safetensors: writeCanonical,
}

/**
 * The network of a checkpoint as a file, with its proof inside.
 *
 * @param state the file of the checkpoint's state
 * @throws {UnrollError} FORMAT_UNSUITABLE, CHECKPOINT_DAMAGED, CHECKPOINT_UNSUITABLE
 */
export function exportModel(state: Uint8Array, opening: Opening, format: NetworkFormat): Uint8Array<ArrayBuffer> {
  refuseUnexportable(opening, format)
  const model = openNetwork(state, opening)
  return WRITERS[format](model, prove(model))
}

/** @throws {UnrollError} FORMAT_UNSUITABLE where the format cannot say what the network computes */
export function refuseUnexportable({ spec: { model } }: Pick<Opening, 'spec'>, format: CheckpointFormat): void {
  const why = explainUnexportable(format, model)
  if (why !== undefined)
    throw new UnrollError('FORMAT_UNSUITABLE', `Cannot export cell "${model.cell}" as "${format}": ${why}`)
}
