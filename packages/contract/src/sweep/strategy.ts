import { Type, type Static, type TProperties } from 'typebox'
import { integer } from '../schema/fields.ts'
import { variant } from '../schema/variant.ts'
import { MAX_TRIALS } from './space.ts'

const SEED = integer('Seed of the samples: the same sweep and seed give the same trials.', {
  default: 1,
  minimum: 0,
  maximum: 4_294_967_295,
})
const samples = (description: string) => Type.Integer({ minimum: 1, maximum: MAX_TRIALS, description })

function strategy<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { type: Type.Literal(name, { description }), ...own },
    { additionalProperties: false, title: name },
  )
}

/** The selection of trials, and their numbers of steps. */
export const Strategy = variant(
  'type',
  [
    strategy('grid', 'Every combination of the values.', {}),
    strategy('random', 'Random samples (Bergstra and Bengio 2012).', {
      samples: samples('Number of samples.'),
      seed: SEED,
    }),
    strategy(
      'successive_halving',
      'All trials train for a few steps; the best of them continue from their checkpoints for eta times as many, and so on (Jamieson and Talwalkar 2016).',
      {
        min_steps: Type.Integer({
          minimum: 1,
          maximum: 100_000_000,
          description: 'Steps of all trials; replaces training.max_steps.',
        }),
        eta: integer('One of eta trials continues, to eta times the steps.', { default: 3, minimum: 2, maximum: 16 }),
        rungs: integer('Maximal number of rungs; the sweep ends earlier with one remaining trial.', {
          default: 8,
          minimum: 1,
          maximum: 8,
        }),
        samples: Type.Optional(samples('Number of samples; every combination of the values by default.')),
        seed: SEED,
      },
    ),
  ],
  { description: 'The selection of trials, and their numbers of steps.', default: { type: 'grid' } },
)
export type Strategy = Static<typeof Strategy>
