import { integer, oneOf } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

export const noiseFreeLag = defineTask('noise_free_lag', {
  description: 'The network outputs the first symbol after a fixed lag, during which it reads a fixed row of symbols',
  source: 'Hochreiter and Schmidhuber 1997, experiment 2a',
  solved: { accuracy: 0.9999 },
  own: {
    lag: integer('Steps from the symbol to its repetition; shorter than the sequence.', {
      default: 50,
      minimum: 1,
      maximum: 100_000,
    }),
    loss: oneOf(
      'Where there is a target: `every_step` is the next symbol at each step, as in the source, of which the repetition alone needs memory; `last` is the repetition, one of two classes.',
      ['last', 'every_step'],
      { default: 'last' },
    ),
  },
  pose: ({ lag, loss }) => {
    const isEvery = loss === 'every_step'
    const answers = isEvery ? lag + 1 : 1 // of which one is not known by the step
    return {
      inputs: { kind: 'symbols', size: lag + 2 },
      readout: { kind: 'softmax', size: isEvery ? lag + 2 : 2 },
      mode: isEvery ? 'many_to_many' : 'many_to_one',
      chance: { loss: Math.LN2 / answers, accuracy: 1 - 1 / 2 / answers },
      lag,
      minimumLength: lag + 1,
    }
  },
})
