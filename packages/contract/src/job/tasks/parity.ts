import { defineTask } from './task.ts'

export const parity = defineTask('parity', {
  description: 'The network says whether the number of ones is odd, in bits of T/2 to T steps',
  source: 'Minsky and Papert 1969; sequences as in Graves 2016',
  solved: { accuracy: 0.99 },
  own: {},
  pose: (_, T) => ({
    inputs: { kind: 'symbols', size: 2 },
    readout: { kind: 'softmax', size: 2 },
    mode: 'many_to_one',
    chance: { loss: Math.LN2, accuracy: 1 / 2 },
    lag: T - 1,
    minimumLength: 2,
  }),
})
