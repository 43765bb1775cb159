import { Type, type Static } from 'typebox'
import { integer } from '../schema/fields.ts'
import { variant } from '../schema/variant.ts'

/** How far the gradient reaches back through time (MATH.md, "Truncated BPTT"). */
export const Bptt = variant(
  'mode',
  [
    Type.Object(
      { mode: Type.Literal('full', { description: 'Back through the whole sequence.' }) },
      { additionalProperties: false, title: 'full' },
    ),
    Type.Object(
      {
        mode: Type.Literal('truncated', {
          description: 'An update every k1 steps, whose gradient reaches k2 steps back.',
        }),
        k1: integer('Steps between updates.', { default: 20, minimum: 1, maximum: 100_000 }),
        k2: Type.Optional(
          integer('How many steps the gradient reaches back, at least k1; k1 unless given.', {
            minimum: 1,
            maximum: 100_000,
          }),
        ),
      },
      { additionalProperties: false, title: 'truncated' },
    ),
  ],
  { description: 'How far the gradient reaches back through time.', default: { mode: 'full' } },
)
export type Bptt = Static<typeof Bptt>
