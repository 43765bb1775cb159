// Formats that a checkpoint can be had in, and what each of them cannot say.

import { hasZoneout } from '../job/sections/cells.ts'
import { getProjectionSize, haveOneSize, listHiddenSizes } from '../job/sections/layers.ts'
import type { CellName, Model } from '../job/sections/model.ts'

export interface CheckpointFormatFacts {
  /** Of files, without a dot. */
  readonly extension: string
  readonly mediaType: string
  readonly summary: string
  /** Why the format cannot say what a network computes; undefined where it can. */
  readonly refusal: (model: Model) => string | undefined
}

export type CheckpointFormat = 'state' | 'onnx' | 'pytorch' | 'keras' | 'safetensors'

const BYTES = 'application/octet-stream'

function sayAnything(): undefined {
  return undefined
}

/** What of each cell that a tool has it cannot say; a cell that it does not have is missing. */
type Refusals = { readonly [Name in CellName]?: (model: Extract<Model, { cell: Name }>) => string | undefined }

const PYTORCH: Refusals = {
  rnn: ({ activation }) =>
    activation === 'tanh' || activation === 'relu' ? undefined : `nn.RNN has tanh and relu, and not ${activation}`,
  gru_simple: sayAnything,
  gru: ({ reset }) =>
    reset === 'after'
      ? undefined
      : 'nn.GRU has its reset gate after the product with the recurrent weights, and this network before it',
  lstm: sayAnything,
  lstm_peephole: () => 'nn.LSTM has no peepholes',
}

const KERAS: Refusals = {
  rnn: sayAnything,
  gru_simple: sayAnything,
  gru: sayAnything,
  lstm: sayAnything,
  lstm_peephole: () => 'LSTM of Keras has no peepholes',
}

/** Keras has a layer for each, from which a Sequential model is made. */
function refuseSequential(model: Model): string | undefined {
  const { residual, initial_state, layer_norm } = model
  if (layer_norm === true) return 'recurrent layers of Keras have no layer normalisation'
  if (getProjectionSize(model) !== undefined) return 'LSTM of Keras has no projection of its output'
  if (hasZoneout(model)) return 'recurrent layers of Keras have no zoneout, whose means an answer goes on with'
  if (residual === true) return 'a Sequential model of Keras has no residual connections'
  return initial_state === 'learned'
    ? 'layers of Keras start from zeros, and this network from a state that was learned'
    : undefined
}

/** Of formats that have the states of all layers as one tensor. */
function refuseSizes(model: Model): string | undefined {
  const sizes = listHiddenSizes(model)
  return haveOneSize(sizes)
    ? undefined
    : `the states of all layers are one tensor [layers,N,H], and layers of this network have ${sizes.join(', ')} units`
}

/** PyTorch has one module of all layers, in which nothing is added between them or normalised. */
function refuseStack(model: Model): string | undefined {
  if (model.layer_norm === true) return 'a module of PyTorch with recurrent layers has no layer normalisation'
  if (hasZoneout(model)) return 'recurrent layers of PyTorch have no zoneout, whose means an answer goes on with'
  return model.residual === true ? 'a module of PyTorch has no residual connections' : refuseSizes(model)
}

/**
 * @param none says that a tool does not have the cell at all
 * @param refuseLayers says what of the stack of layers it has not
 */
function refuseBy(
  refusals: Refusals,
  none: string,
  refuseLayers: CheckpointFormatFacts['refusal'],
): CheckpointFormatFacts['refusal'] {
  return (model) => {
    const refuse = refusals[model.cell] as ((model: Model) => string | undefined) | undefined
    return refuse === undefined ? none : (refuse(model) ?? refuseLayers(model))
  }
}

/** By name, in the order in which they are looked through for one that can. */
export const CHECKPOINT_FORMATS: Readonly<Record<CheckpointFormat, CheckpointFormatFacts>> = {
  state: {
    extension: 'safetensors',
    mediaType: BYTES,
    summary: 'everything from which the run resumes: parameters in their packed layout, moments and carried states',
    refusal: sayAnything,
  },
  onnx: {
    extension: 'onnx',
    mediaType: BYTES,
    summary: 'a graph from inputs in the units of the data to answers, of any batch size and length',
    refusal: (model) =>
      getProjectionSize(model) === undefined ? refuseSizes(model) : 'LSTM of ONNX has no projection of its output',
  },
  pytorch: {
    extension: 'safetensors',
    mediaType: BYTES,
    summary: 'the state_dict of a PyTorch module with nn.RNN, nn.LSTM or nn.GRU',
    refusal: refuseBy(PYTORCH, 'PyTorch has no such layer', refuseStack),
  },
  keras: {
    extension: 'weights.h5',
    mediaType: BYTES,
    summary: 'the weights of a Sequential model of Keras 3 with SimpleRNN, LSTM or GRU',
    refusal: refuseBy(KERAS, 'Keras has no such layer', refuseSequential),
  },
  safetensors: {
    extension: 'safetensors',
    mediaType: BYTES,
    summary: 'parameters alone, by the names of docs/math/notation.md',
    refusal: sayAnything,
  },
}

export const CHECKPOINT_FORMAT_NAMES: readonly CheckpointFormat[] = Object.keys(
  CHECKPOINT_FORMATS,
) as CheckpointFormat[]

/** Formats of a network, as opposed to that of a run. */
const OF_NETWORKS: readonly CheckpointFormat[] = ['onnx', 'pytorch', 'keras', 'safetensors']

/** Why a format cannot say what a network computes, and which can; undefined where it can. */
export function explainUnexportable(format: CheckpointFormat, model: Model): string | undefined {
  const why = CHECKPOINT_FORMATS[format].refusal(model)
  if (why === undefined) return undefined
  const able = OF_NETWORKS.filter((other) => CHECKPOINT_FORMATS[other].refusal(model) === undefined)
  return `${why}: ${able.map((name) => `"${name}"`).join(' and ')} can`
}
