// A trained network as it is exported: its parameters, what it reads and answers, and where it comes from.

import { averagedState, createNetwork, parameterShapes, type HostTensor, type Network } from '@unroll/bptt'
import { decodeDecoding, modelDecoding, UnrollError, type Decoding, type JobSpec } from '@unroll/contract'
import { decodeSafetensors, FormatError } from '@unroll/formats'
import { describeAnswering } from '@unroll/trainer'

/** The checkpoint that a network comes from. */
export interface Origin {
  readonly job: string
  readonly checkpoint: string
  readonly step: number
  /** Digest of the file of its state, in hex. */
  readonly sha256: string
}

export interface TrainedNetwork {
  readonly spec: JobSpec
  readonly decoding: Decoding
  readonly network: Network
  /** The weights that answer, which are their averages where those are kept; by full name, float32, in the packed layout of packages/bptt/src/cells/cell.ts. */
  readonly parameters: Readonly<Record<string, FloatTensor>>
  readonly origin: Origin
}

export interface FloatTensor extends HostTensor {
  readonly data: Float32Array
}

/** What a checkpoint is opened with. */
export interface Opening {
  readonly spec: JobSpec
  readonly origin: Origin
}

/**
 * The network of a checkpoint.
 *
 * @param state the file of its state
 * @throws {UnrollError} CHECKPOINT_DAMAGED, CHECKPOINT_UNSUITABLE
 */
export function openNetwork(state: Uint8Array, { spec, origin }: Opening): TrainedNetwork {
  const { tensors: saved, metadata } = readState(state, origin)
  const tensors = averagedState(saved) // the weights that predictions answer by
  const decoding = modelDecoding(spec, decodeDecoding(metadata))
  if (decoding === undefined)
    throw new UnrollError(
      'CHECKPOINT_UNSUITABLE',
      `Cannot export checkpoint "${origin.checkpoint}": a version of before wrote it, which did not keep with it what the model reads; format "state" can`,
    )
  const network = createNetwork(describeAnswering({ spec, decoding }))
  const parameters = Object.entries(parameterShapes(network)).map(([name, shape]) => {
    const tensor = tensors[name]
    if (tensor?.shape.join() !== shape.join())
      throw damaged(origin, `tensor "${name}" must be [${shape}]: it is ${tensor ? `[${tensor.shape}]` : 'missing'}`)
    return [name, { shape, data: Float32Array.from(tensor.data as Float32Array) }] as const
  })
  return { spec, decoding, network, parameters: Object.fromEntries(parameters), origin }
}

function readState(state: Uint8Array, origin: Origin): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(state)
  } catch (cause) {
    throw cause instanceof FormatError ? damaged(origin, cause.message) : cause
  }
}

function damaged({ checkpoint }: Origin, why: string): UnrollError {
  return new UnrollError('CHECKPOINT_DAMAGED', `Cannot export checkpoint "${checkpoint}" as it is damaged: ${why}`)
}
