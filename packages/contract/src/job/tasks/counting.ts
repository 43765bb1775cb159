import { integer } from '../../schema/fields.ts'
import { chanceOfLabels, type Outcome } from './memoryless.ts'
import { defineTask } from './task.ts'

/** The strings that fit into T steps after their start symbol have n from 1 to this of each letter. */
export function findLongestCount(letters: number, T: number): number {
  return Math.floor((T - 1) / letters)
}

/**
 * A start symbol, 0, and n of each letter 1 … L; with each, the symbols that may follow, as labels of the letters and the end.
 */
export function writeCounted(letters: number, n: number): { input: number; targets: number[] }[] {
  const ends = (follower: number) => Array.from({ length: letters + 1 }, (_, k) => Number(k === follower))
  const steps = [{ input: 0, targets: ends(0) }]
  for (let letter = 0; letter < letters; letter++)
    for (let count = 1; count <= n; count++) {
      const targets = ends(letter === 0 || count < n ? letter : letter + 1)
      if (letter === 0) targets[1] = 1 // as many a as there may be
      steps.push({ input: letter + 1, targets })
    }
  return steps
}

/** Of all n that fit, each as likely as the other: how many read a letter at a step, and for how many it is the last of its kind. */
function* enumerateOutcomes(letters: number, T: number): Generator<Outcome> {
  const longest = findLongestCount(letters, T)
  const label = (...ones: number[]) => Array.from({ length: letters + 1 }, (_, k) => Number(ones.includes(k)))
  yield { step: 0, input: 0, targets: label(0), weight: longest }
  for (let step = 1; step <= letters * longest; step++) {
    if (step <= longest) yield { step, input: 1, targets: label(0, 1), weight: longest - step + 1 }
    for (let letter = 1; letter < letters; letter++) {
      const least = Math.ceil(step / (letter + 1))
      const most = Math.min(longest, Math.floor((step - 1) / letter))
      if (most < least) continue
      const last = Number(step % (letter + 1) === 0) // of n = least
      yield { step, input: letter + 1, targets: label(letter), weight: most - least + 1 - last }
      yield { step, input: letter + 1, targets: label(letter + 1), weight: last }
    }
  }
}

export const counting = defineTask('counting', {
  description:
    'The network says at each step which symbols may follow in strings aⁿbⁿ, or aⁿbⁿcⁿ: to know the end, it counts',
  source: 'Gers and Schmidhuber 2001',
  solved: { accuracy: 0.9999 },
  foretells: true,
  own: {
    letters: integer('2 for aⁿbⁿ, 3 for aⁿbⁿcⁿ.', { default: 2, minimum: 2, maximum: 3 }),
  },
  pose: ({ letters }, T) => ({
    inputs: { kind: 'symbols', size: letters + 1 },
    readout: { kind: 'sigmoid', size: letters + 1 },
    mode: 'many_to_many',
    get chance() {
      return chanceOfLabels(enumerateOutcomes(letters, T))
    },
    lag: T - 1,
    minimumLength: letters + 1,
  }),
})
