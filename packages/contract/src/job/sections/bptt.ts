import { Type, type Static } from 'typebox'
import { integer } from '../../schema/fields.ts'
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
        k1: integer('Steps between updates.', { default: 20, minimum: 1, maximum: 100_000 }),
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
  ],
  { description: 'How far the gradient reaches back through time.', default: { mode: 'full' } },
)
export type Bptt = Static<typeof Bptt>
