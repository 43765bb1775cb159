// The options of a model that change what its training step computes, each beside the model without it.

import { parseJobSpec, type CellName } from '@unroll/contract'
import type { Program } from '@unroll/bptt'
import { OPTIMIZER, type Sizes } from './char_model.ts'

/** Fields of a model, by name. */
type Fields = Readonly<Record<string, unknown>>

export interface ModelOption {
  /** Fields of the model with it. */
  readonly model?: Fields
  /** Fields of the model that it is set beside; none unless given. */
  readonly beside?: Fields
  readonly program?: Partial<Program>
}

const TWO_LAYERS = { layers: 2 }

/** The options by what they are called in the table, in its order. */
export function listOptions({ H }: Pick<Sizes, 'H'>): Readonly<Record<string, ModelOption>> {
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
    'average of weights': { program: { optimizer: { ...OPTIMIZER, weight_average: 0.999 } } },
  }
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
