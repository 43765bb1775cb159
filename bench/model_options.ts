// The options of a model and of its data that change what its training step computes, each beside the step without it.

import { parseJobSpec, type CellName } from '@unroll/contract'
import { createNetwork, flattenLayers, listLayerShapes, mapTensors, type Batch, type Program } from '@unroll/bptt'
import { OPTIMIZER, type Sizes } from './char_model.ts'

/** Fields of a model, by name. */
type Fields = Readonly<Record<string, unknown>>

export interface ModelOption {
  /** Fields of the model with it. */
  readonly model?: Fields
  /** Fields of the model that it is set beside; none unless given. */
  readonly beside?: Fields
  readonly program?: Partial<Program>
  /** The batch of its step, from that of the step without it. */
  readonly batch?: (batch: Batch, program: Program) => Batch
}

const TWO_LAYERS = { layers: 2 }

/** The options by what they are called in the table, in its order. */
export function listOptions({ H, V }: Pick<Sizes, 'H' | 'V'>): Readonly<Record<string, ModelOption>> {
  return {
    'reset after': { model: { reset: 'after' } },
    'full peepholes': { model: { peephole: 'full' } },
    'layer norm': { model: { layer_norm: true } },
    'recurrent dropout 0.2': { model: { recurrent_dropout: 0.2 } },
    'zoneout of h 0.05': { model: { zoneout: { hidden: 0.05 } } },
    'zoneout of c 0.5': { model: { zoneout: { cell: 0.5 } } },
    'projection to H/2': { model: { projection_size: H / 2 } },
    'learned initial state': { model: { initial_state: 'learned' } },
    bidirectional: { model: { bidirectional: true } },
    '2 layers': { model: TWO_LAYERS },
    '2 layers of H and H/2, to 2 layers': { model: { hidden_sizes: [H, H / 2] }, beside: TWO_LAYERS },
    'residual, to 2 layers': { model: { ...TWO_LAYERS, residual: true }, beside: TWO_LAYERS },
    'dropout 0.2, to 2 layers': { model: { ...TWO_LAYERS, dropout: 0.2 }, beside: TWO_LAYERS },
    '4 micro-batches': { program: { microBatches: 4 } },
    'given initial states': { batch: giveStates },
    'mask that leaves every fifth step out': { batch: leaveStepsOut },
    'read-out sigmoid': { program: { readout: { kind: 'sigmoid', size: V } }, batch: toIndicators },
    'average of weights': { program: { optimizer: { ...OPTIMIZER, weight_average: 0.999 } } },
  }
}

/** A state of its own for each sequence to begin from. */
function giveStates(batch: Batch, program: Program): Batch {
  const shapes = flattenLayers(listLayerShapes(createNetwork(program)))
  const states = mapTensors(shapes, ([rows = 1, columns = 1]) => new Float32Array(rows * columns).fill(0.1))
  return { ...batch, states }
}

function leaveStepsOut(batch: Batch, { batchSize: N }: Program): Batch {
  return { ...batch, mask: Uint8Array.from({ length: batch.steps * N }, (_, at) => Number(at % 5 !== 0)) }
}

/** Targets of one-vs-rest: a 1 in the column of each class, 0 elsewhere, [TN,K]. */
function toIndicators({ targets, ...batch }: Batch, { readout: { size: K } }: Program): Batch {
  const indicators = new Float32Array(targets.length * K)
  for (const [row, target] of targets.entries()) indicators[row * K + target] = 1
  return { ...batch, targets: indicators }
}

/** The model that fields ask for of a cell, with the defaults of a job; undefined where a job with it is refused. */
export function chooseModel(
  cell: CellName,
  { H, E }: Pick<Sizes, 'H' | 'E'>,
  fields: Fields = {},
): Program['model'] | undefined {
  const size = fields['hidden_sizes'] === undefined ? { hidden_size: H } : {}
  const checked = parseJobSpec({ model: { cell, ...size, ...fields }, data: { task: 'adding' } })
  return checked.ok ? { ...checked.value.model, embedding_size: E } : undefined // the task has vectors
}
