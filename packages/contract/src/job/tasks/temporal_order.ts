import { integer } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

const SYMBOLS = 8 // E, B, four distractors, X, Y

export const temporalOrder = defineTask('temporal_order', {
  description: 'The class is the order of two or three widely separated symbols',
  source: 'Hochreiter and Schmidhuber 1997, experiment 6',
  solved: { accuracy: 0.99 },
  own: {
    symbols: integer('Number of symbols that define the class: 2 gives 4 classes, 3 gives 8.', {
      default: 2,
      minimum: 2,
      maximum: 3,
    }),
  },
  pose: ({ symbols }, T) => ({
    inputs: { kind: 'symbols', size: SYMBOLS },
    readout: { kind: 'softmax', size: 2 ** symbols },
    mode: 'many_to_one',
    chance: { loss: symbols * Math.LN2, accuracy: 1 / 2 ** symbols },
    lag: T - Math.floor(T / 10),
    minimumLength: 10 * symbols,
  }),
})
