import type { Scored, Scores } from './scored.ts'

/** How well the next symbol is foretold: all of it is in the loss. */
export class SymbolScores implements Scores {
  readonly wantsOutputs = false

  add(): void {}

  result(loss: number): Scored {
    return { scores: { perplexity: Math.exp(loss), bits_per_character: loss / Math.LN2 } }
  }
}
