// What a file says of its network beside the numbers: texts by name, as safetensors and ONNX keep them.

import { encodeDecoding, type CheckpointFormat, type Model } from '@unroll/contract'
import type { TrainedNetwork } from './model.ts'
import { encodeStates } from './proof/proof.ts'

/** Grows with each change after which a file of before must be read in another way. */
const VERSION = '1'

/** Names of the texts. */
export const FACTS = {
  version: 'unroll.version',
  format: 'unroll.format',
  model: 'unroll.model',
  gates: 'unroll.gates',
  convention: 'unroll.convention',
  spec: 'unroll.spec',
  origin: 'unroll.origin',
  /** The state before the first step: "zeros", or what was learned, as the states of a proof of one row. */
  initialState: 'unroll.initial_state',
  proof: 'unroll.proof',
  /** Of all else in the file. */
  digest: 'unroll.digest',
} as const

const CONVENTION =
  'Equations of docs/math/notation.md: the update gate z_u multiplies the new value, h_t = z_u*c~_t + (1-z_u)*h_{t-1}; a forget bias is part of bf.'

/** What each format has done to the equations' weights. */
const CHANGES: Readonly<Partial<Record<CheckpointFormat, string>>> = {
  safetensors: 'Weights W{gate} [H,X+H] multiply [x_t, h_{t-1}].',
  pytorch:
    'The update gate of a GRU has the opposite sign, as PyTorch multiplies the old value by z; bias_hh is 0 but for bm of the candidate of a GRU.',
  keras:
    'The update gate of a GRU has the opposite sign, as Keras multiplies the old value by z; the second row of the bias of a GRU is bm for its candidate and 0 else.',
  onnx: 'The update gate of a GRU has the opposite sign, as ONNX multiplies the old value by z; Rb is 0 but for bm of the candidate of a GRU.',
}

/** The texts of a file in a format. */
export function describeNetwork(model: TrainedNetwork, format: CheckpointFormat): Readonly<Record<string, string>> {
  const { spec, decoding, network, origin } = model
  const { inputs, readout, mode, cell } = network
  return {
    [FACTS.version]: VERSION,
    [FACTS.format]: format,
    [FACTS.model]: JSON.stringify({
      ...describeModel(spec.model),
      inputs,
      readout: { kind: readout.kind, size: readout.size },
      mode,
    }),
    [FACTS.gates]: JSON.stringify(cell.gates),
    [FACTS.convention]: [CONVENTION, CHANGES[format]].filter(Boolean).join(' '),
    [FACTS.spec]: JSON.stringify(spec),
    [FACTS.origin]: JSON.stringify(origin),
    [FACTS.initialState]: JSON.stringify(describeInitialState(model)),
    ...encodeDecoding(decoding),
  }
}

/** What was chosen of a model. A size of each layer takes the place of one for all. */
function describeModel(model: Model): object {
  const { init: _, ...chosen } = model
  const { hidden_size: __, layers: ___, ...others } = chosen
  return model.hidden_sizes ? others : chosen
}

function describeInitialState({ network, parameters }: TrainedNetwork): unknown {
  const { layers, learnedStates } = network
  if (learnedStates.length === 0) return 'zeros'
  const learned = (name: string) => (state: string) => [state, parameters[`${name}.${state}0`]!.data] as const
  return encodeStates(
    { layers, batchSize: 1 },
    layers.map(({ name }) => Object.fromEntries(learnedStates.map(learned(name)))),
  )
}
