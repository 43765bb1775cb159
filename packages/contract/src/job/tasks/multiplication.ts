import { defineTask } from './task.ts'

export const multiplication = defineTask('multiplication', {
  description: 'The network multiplies two marked numbers of a sequence, each from [0, 1]',
  source: 'Hochreiter and Schmidhuber 1997, experiment 5',
  solved: { loss: 0.06 },
  own: {},
  pose: (_, T) => ({
    inputs: { kind: 'vectors', size: 2 },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_one',
    chance: { loss: 7 / 144, accuracy: null }, // E[x²]² - E[x]⁴
    lag: T - 1,
    minimumLength: 2,
  }),
})
