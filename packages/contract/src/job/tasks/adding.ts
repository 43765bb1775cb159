import { oneOf } from '../../schema/fields.ts'
import { defineTask } from './task.ts'

export const adding = defineTask('adding', {
  description: 'The network adds two marked numbers of a sequence',
  source: 'Hochreiter and Schmidhuber 1997, experiment 4',
  solved: { loss: 0.06 }, // 0.04 of 2/3
  own: {
    range: oneOf('Range of the random numbers: [-1, 1] or [0, 1].', ['symmetric', 'unit'], { default: 'symmetric' }),
  },
  pose: ({ range }, T) => ({
    inputs: { kind: 'vectors', size: 2 },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_one',
    chance: { loss: range === 'symmetric' ? 2 / 3 : 1 / 6, accuracy: null },
    lag: T - 1,
    minimumLength: 2,
  }),
})
