import { integer } from '../../schema/fields.ts'
import { chanceOfValues, type Outcome } from './memoryless.ts'
import { defineTask } from './task.ts'

/** How many intervals there are from `least` to `most` among those that are drawn. */
const countBetween = (least: number, most: number) => Math.max(0, most - least + 1)

/** Of all first spikes and all intervals, each as likely as the other. */
function* enumerateOutcomes(shortest: number, longest: number, T: number): Generator<Outcome> {
  const starts = T - 2 * longest // first steps at which the first spike may come
  const intervals = longest - shortest + 1
  for (let step = 0; step < T; step++) {
    const first = step < starts ? intervals : 0
    const second = countBetween(Math.max(shortest, step - starts + 1), Math.min(longest, step))
    const third = countBetween(
      Math.max(shortest, Math.ceil((step - starts + 1) / 2)),
      Math.min(longest, Math.floor(step / 2)),
    )
    const spikes = first + second
    yield { step, input: 0, targets: [1], weight: third }
    yield { step, input: 0, targets: [0], weight: starts * intervals - spikes - third }
    yield { step, input: 1, targets: [0], weight: spikes }
  }
}

export const timing = defineTask('timing', {
  description: 'Two spikes are an interval apart; the network sends a third after the same interval',
  source: 'after Gers, Schraudolph and Schmidhuber 2002, section 4',
  solved: { loss: 0.3 },
  own: {
    shortest: integer('Shortest interval, in steps.', { default: 20, minimum: 1, maximum: 10_000 }),
    longest: integer('Longest interval, in steps; the sequence is longer than twice as many.', {
      default: 40,
      minimum: 1,
      maximum: 10_000,
    }),
  },
  pose: ({ shortest, longest }, T) => ({
    inputs: { kind: 'vectors', size: 1 },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_many',
    get chance() {
      return chanceOfValues(enumerateOutcomes(shortest, longest, T))
    },
    lag: 2 * longest,
    minimumLength: 2 * longest + 1,
  }),
})
