import { integer } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

const WORDS = 7 // noun and verb in singular and plural, preposition, relative pronoun, adverb

export const agreement = defineTask('agreement', {
  description:
    'The network says whether the verb that comes next is singular or plural, as its subject was before phrases and relative clauses with nouns of their own',
  source: 'after Linzen, Dupoux and Goldberg 2016',
  solved: { accuracy: 0.98 },
  own: {
    attractors: integer('Nouns between subject and verb, each singular or plural at random.', {
      default: 3,
      minimum: 1,
      maximum: 100,
    }),
  },
  pose: ({ attractors }, T) => ({
    inputs: { kind: 'symbols', size: WORDS },
    readout: { kind: 'softmax', size: 2 },
    mode: 'many_to_one',
    chance: { loss: Math.LN2, accuracy: 1 / 2 },
    lag: T - 1,
    minimumLength: 1 + 3 * attractors,
  }),
})
