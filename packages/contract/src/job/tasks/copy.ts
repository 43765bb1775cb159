import type { TInteger } from 'typebox'
import { integer } from '../../schema/fields.ts'
import type { Problem } from '../problem.ts'
import { defineTask } from './task.ts'

function makeFields(): { symbols: TInteger; length: TInteger } {
  return {
    symbols: integer('Size of the alphabet, blank and marker not counted.', { default: 8, minimum: 2, maximum: 100 }),
    length: integer('Number of symbols to remember.', { default: 10, minimum: 1, maximum: 1000 }),
  }
}

/** Blanks are wanted but at the last `length` steps, which are known by their time and guessed without memory. */
function pose({ symbols, length }: { symbols: number; length: number }, T: number): Problem {
  return {
    inputs: { kind: 'symbols', size: symbols + 2 },
    readout: { kind: 'softmax', size: symbols + 1 },
    mode: 'many_to_many',
    chance: { loss: (length * Math.log(symbols)) / T, accuracy: (T - length + length / symbols) / T },
    lag: T - length,
    minimumLength: 2 * length + 1,
  }
}

export const copy = defineTask('copy', {
  description: 'The network repeats at the end the symbols of the start',
  source: 'Arjovsky, Shah and Bengio 2016',
  solved: { accuracy: 0.99 },
  own: makeFields(),
  pose,
})

export const selectiveCopy = defineTask('selective_copy', {
  description: 'The network repeats at the end the symbols that came among blanks, in their order',
  source: 'Jing et al. 2019; Gu and Dao 2023',
  solved: { accuracy: 0.99 },
  own: makeFields(),
  pose,
})
