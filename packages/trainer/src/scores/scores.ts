import type { Scoring } from '@unroll/tasks'
import { ClassScores } from './class_scores.ts'
import { LabelScores } from './label_scores.ts'
import { NumberScores } from './number_scores.ts'
import type { Scores } from './scored.ts'
import { SymbolScores } from './symbol_scores.ts'

/** Scores of an evaluation that has not begun. */
export function createScores(scoring: Scoring, outputs: number): Scores {
  switch (scoring.kind) {
    case 'classes':
      return new ClassScores(scoring.classes)
    case 'labels':
      return new LabelScores(outputs)
    case 'numbers':
      return new NumberScores(scoring)
    case 'symbols':
      return new SymbolScores()
    default:
      return scoring satisfies never
  }
}
