import { closest, distance } from 'fastest-levenshtein'

/** Letters that may be wrong: a third of them. */
const WRONG_OF = 3

/** What to say after a word that is not known: the nearest known one, or nothing where none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = closest(word, known)
  return distance(word, nearest) <= Math.max(1, word.length / WRONG_OF) ? `: did you mean "${nearest}"?` : ''
}
