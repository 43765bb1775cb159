import type { Batch } from '@unroll/bptt'
import type { Scoring } from '@unroll/tasks'
import type { Outputs, Scored, Scores } from './scored.ts'

interface Errors {
  absolute: number
  squared: number
  count: number
}

/** How far off answers are, at each horizon, in the units of the data. */
export class NumberScores implements Scores {
  readonly wantsOutputs = true
  readonly #scoring: Extract<Scoring, { kind: 'numbers' }>
  readonly #errors: readonly Errors[]

  constructor(scoring: Extract<Scoring, { kind: 'numbers' }>) {
    this.#scoring = scoring
    this.#errors = Array.from({ length: scoring.horizon }, () => ({ absolute: 0, squared: 0, count: 0 }))
  }

  add(outputs: Outputs, targets: Batch['targets']): void {
    const { units, horizon, answers, point } = this.#scoring
    const perHorizon = units.length / horizon
    for (let i = 0; i < targets.length; i++) {
      if (i % answers !== point || Number.isNaN(targets[i]!)) continue
      const k = i % units.length
      const error = (outputs[i]! - targets[i]!) * units[k]!
      const sum = this.#errors[Math.floor(k / perHorizon)]!
      sum.absolute += Math.abs(error)
      sum.squared += error * error
      sum.count += 1
    }
  }

  result(): Scored {
    const horizons = this.#errors.map((each, index) => ({ horizon: index + 1, ...computeMeans([each]) }))
    const { mae, rmse } = computeMeans(this.#errors)
    const byHorizon =
      horizons.length === 1
        ? []
        : horizons.flatMap(({ horizon, ...each }) => [
            [`mae/${horizon}`, each.mae] as const,
            [`rmse/${horizon}`, each.rmse] as const,
          ])
    return { scores: { mae, rmse, ...Object.fromEntries(byHorizon) }, horizons }
  }
}

function computeMeans(errors: readonly Errors[]): { targets: number; mae: number; rmse: number } {
  const total = (name: keyof Errors) => errors.reduce((sum, each) => sum + each[name], 0)
  const count = total('count')
  return { targets: count, mae: total('absolute') / count, rmse: Math.sqrt(total('squared') / count) }
}
