import type { Random } from '@unroll/random'
import type { Sampler } from './sampler.ts'

/** A noun and a verb are followed by their plural. */
const NOUN = 0
const VERB = 2
const PREPOSITION = 4
const WHO = 5
const ADVERB = 6

/** `near the dogs`, or `who the dogs chase`: a noun of a number of its own, with its verb. */
function drawModifier(random: Random): number[] {
  const number = random.integer(2)
  return random.integer(2) === 0 ? [PREPOSITION, NOUN + number] : [WHO, NOUN + number, VERB + number]
}

/** The subject, its modifiers, and adverbs at any place up to a length that is drawn; the target is its number. */
export const agreement: Sampler<'agreement'> = ({ attractors }, T, random) => {
  const number = random.integer(2)
  const words = [NOUN + number, ...Array.from({ length: attractors }, () => drawModifier(random)).flat()]
  const adverbs = random.integer(T - words.length + 1)
  for (let count = 0; count < adverbs; count++) words.splice(1 + random.integer(words.length), 0, ADVERB)
  return { inputs: words, targets: [number] }
}
