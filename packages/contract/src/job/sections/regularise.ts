import { Type, type Static } from 'typebox'
import { integer, number, orNull } from '../../schema/fields.ts'

/** Exponents that are measured or pushed to 0, of each layer, at most. */
export const MOST_EXPONENTS = 8

const Flossing = Type.Object(
  {
    exponents: integer('k, Lyapunov exponents of each layer that are pushed to 0, the largest first.', {
      default: 4,
      minimum: 1,
      maximum: MOST_EXPONENTS,
    }),
    weight: number('What the sum of their squares is multiplied by before it is added to the loss.', {
      default: 10,
      exclusiveMinimum: 0,
    }),
    before: integer('Updates at the start of a run that learn from the exponents alone.', {
      default: 0,
      minimum: 0,
      maximum: 100_000_000,
    }),
    every: integer('After those, updates from one that learns from the exponents as well to the next; 0: none does.', {
      default: 1,
      minimum: 0,
      maximum: 100_000_000,
    }),
  },
  {
    additionalProperties: false,
    description:
      'Gradient flossing (docs/math/flossing.md): the sum of the squares of Lyapunov exponents is added to what is learned from, so that gradients neither grow nor shrink on their way back. Null for none.',
  },
)
export type Flossing = Static<typeof Flossing>

/** What is added to the loss. */
export const Regularise = Type.Object(
  { flossing: orNull(Flossing) },
  { additionalProperties: false, default: {}, description: 'What an update learns from beside its loss.' },
)
