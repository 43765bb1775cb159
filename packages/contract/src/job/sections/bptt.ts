import { Type, type Static } from 'typebox'
import { integer, number, orNull } from '../../schema/fields.ts'
import { variant } from '../../schema/variant.ts'

/** What of a long window is kept for the way back. */
const Recompute = Type.Union(
  [Type.Literal('auto'), Type.Literal('never'), Type.Integer({ minimum: 1, maximum: 100_000 })],
  {
    default: 'auto',
    description:
      'Steps between the stored states; the backward pass recomputes each segment between them, which bounds memory and changes no number, but the last bits of `min_gru` and `min_lstm` on single sequences above 1,024 steps. Rounded up to whole chunks of about 4,096 rows (steps times batch) a shard, 65,536 on a GPU. `auto`: about the square root of the window, if the estimate without it exceeds 512 MiB or `max_memory_bytes`; `never` stores everything.',
  },
)

const UpdateSteps = integer('Steps between updates.', { default: 20, minimum: 1, maximum: 100_000 })

/** How far the gradient reaches back through time (docs/math/notation.md, "Truncated BPTT"). */
export const Bptt = variant(
  'mode',
  [
    Type.Object(
      {
        mode: Type.Literal('full', { description: 'The gradient goes back through the whole sequence.' }),
        recompute: Type.Optional(Recompute),
      },
      { additionalProperties: false, title: 'full' },
    ),
    Type.Object(
      {
        mode: Type.Literal('truncated', {
          description: 'An update every k1 steps, whose gradient reaches k2 steps back.',
        }),
        k1: UpdateSteps,
        k2: Type.Optional(
          integer('Number of steps that the gradient reaches back, at least k1; k1 by default.', {
            minimum: 1,
            maximum: 100_000,
          }),
        ),
        recompute: Type.Optional(Recompute),
      },
      { additionalProperties: false, title: 'truncated' },
    ),
    Type.Object(
      {
        mode: Type.Literal('randomised', {
          description:
            'An update every k1 steps, whose gradient goes back to a place drawn at random: at each k1-th step it is cut with a probability, and multiplied by what makes it right on average where it is not (Tallec and Ollivier 2017).',
        }),
        k1: UpdateSteps,
        truncation_probability: number(
          'Probability p of a cut at each place, the same for all rows of a batch. A gradient that crosses j places is multiplied by (1-p)^-j and reaches back k1/p steps on average; the smaller p, the smaller its variance.',
          { default: 0.5, exclusiveMinimum: 0, maximum: 0.99 },
        ),
        recompute: Type.Optional(Recompute),
      },
      { additionalProperties: false, title: 'randomised' },
    ),
    Type.Object(
      {
        mode: Type.Literal('adaptive', {
          description:
            'An update every k1 steps, whose gradient reaches k2 steps back, where k2 is the least multiple of k1 whose relative bias is estimated to be within a bound, and is chosen again as the network learns (Aicher, Foti and Fox 2019).',
        }),
        k1: UpdateSteps,
        k2_max: orNull(
          integer(
            'The largest k2, from k1 to sequence_length, which it is where none is within the bound; null: sequence_length. Memory and work are estimated of it.',
            { minimum: 1, maximum: 100_000 },
          ),
        ),
        bias_bound: number(
          'δ: the most that the estimated bound of the relative bias of the truncated gradient, series `truncation_bound`, is to be. The bias itself is mostly far below it.',
          { default: 0.5, exclusiveMinimum: 0, exclusiveMaximum: 1 },
        ),
        adapt_every: integer(
          'Steps between two choices of k2, the first after the first step; each goes through held-out sequences once, there and back.',
          { default: 100, minimum: 1, maximum: 100_000_000 },
        ),
        recompute: Type.Optional(Recompute),
      },
      { additionalProperties: false, title: 'adaptive' },
    ),
  ],
  { description: 'How far the gradient reaches back through time.', default: { mode: 'full' } },
)
export type Bptt = Static<typeof Bptt>
