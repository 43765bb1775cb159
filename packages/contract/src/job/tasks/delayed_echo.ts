import { integer } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

export const delayedEcho = defineTask('delayed_echo', {
  description: 'At every step, the network outputs the random symbol of a fixed number of steps before',
  source: 'a delay line, as in Jaeger 2001, section 4',
  solved: { accuracy: 0.99 },
  own: {
    symbols: integer('Size of the alphabet.', { default: 2, minimum: 2, maximum: 100 }),
    lag: integer('Steps from a symbol to its echo; shorter than the sequence.', {
      default: 10,
      minimum: 1,
      maximum: 100_000,
    }),
  },
  pose: ({ symbols, lag }) => ({
    inputs: { kind: 'symbols', size: symbols },
    readout: { kind: 'softmax', size: symbols },
    mode: 'many_to_many',
    chance: { loss: Math.log(symbols), accuracy: 1 / symbols },
    lag,
    minimumLength: lag + 1,
  }),
})
