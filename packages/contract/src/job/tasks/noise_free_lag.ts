import { integer } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

export const noiseFreeLag = defineTask('noise_free_lag', {
  description:
    'The network outputs the first symbol after a fixed lag; the source has a target at every step, here the only loss is that of the last step',
  source: 'after Hochreiter and Schmidhuber 1997, experiment 2a',
  solved: { accuracy: 0.99 },
  own: {
    lag: integer('Steps from the symbol to its repetition; shorter than the sequence.', {
      default: 50,
      minimum: 1,
      maximum: 100_000,
    }),
  },
  pose: ({ lag }) => ({
    inputs: { kind: 'symbols', size: lag + 2 },
    readout: { kind: 'softmax', size: 2 },
    mode: 'many_to_one',
    chance: { loss: Math.LN2, accuracy: 1 / 2 },
    lag,
    minimumLength: lag + 1,
  }),
})
