import { JOB } from './app.ts'

interface SweepBody {
  template: typeof JOB
  space: Record<string, { values: number[] }>
  strategy?: object
}

/** A sweep of four combinations. */
export const GRID: SweepBody = {
  template: JOB,
  space: { '/optimizer/learning_rate': { values: [0.1, 0.01] }, 'model.hidden_size': { values: [4, 8] } },
}

/** A sweep of four trials, of which the better ones go on. */
export const HALVING: SweepBody = {
  template: JOB,
  space: { 'training.seed': { values: [1, 2, 3, 4] } },
  strategy: { type: 'successive_halving', min_steps: 10, eta: 2 },
}
