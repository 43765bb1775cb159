import { Type, type Static } from 'typebox'
import { integer } from '../../schema/fields.ts'
import { MOST_EXPONENTS } from './regularise.ts'

const every = (what: string, fallback: number) =>
  integer(`Steps between ${what}; 0 turns it off.`, { default: fallback, minimum: 0, maximum: 100_000_000 })

/** The measurements during a run, and their intervals. */
export const Observe = Type.Object(
  {
    metrics_every: integer('Steps between metric rows (loss, norms, clip coefficient).', {
      default: 1,
      minimum: 1,
      maximum: 1_000_000,
    }),
    flow_every: every('rows of total flow, log₁₀‖∂L/∂h_t‖ for each layer and time step', 10),
    probe_every: every('rows of probe flow, ‖∂L_T/∂h_{T-k}‖', 0),
    matrix_every: every('rows of the itemised matrix, ‖∂L_s/∂h_t‖ of the loss of time steps s', 0),
    matrix_sources: integer(
      'Rows of the itemised matrix: the time steps with a loss are divided among as many sources, of which the last is the last step.',
      { default: 16, minimum: 1, maximum: 64 },
    ),
    lyapunov_every: every('rows of Lyapunov exponents of each layer with the condition number of its Jacobian', 0),
    lyapunov_exponents: integer('Lyapunov exponents of each layer, the largest first.', {
      default: 4,
      minimum: 1,
      maximum: MOST_EXPONENTS,
    }),
    saturation_every: every('rows of saturated units and gates', 0),
    bias_every: every('measurements of the truncation bias', 0),
  },
  { additionalProperties: false, default: {}, description: 'The measurements during a run, and their intervals.' },
)
export type Observe = Static<typeof Observe>
