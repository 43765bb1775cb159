import { taskProblem, usesDataset } from '@unroll/contract'
import { stepAtShare, explainUnknown } from '../looked_at.ts'
import { meanLoss } from '../observations.ts'
import { longerReach } from '../remedies/longer_reach.ts'
import type { Rule } from '../rule.ts'

const MOST = 0.9 // of the loss at chance
const SHARE = 0.5 // of the run
const STEPS = 200
const ROWS = 50

/** A run whose loss is no better than the best loss without memory. */
export const atChance: Rule = {
  code: 'at_chance',
  from: (spec) => explainUnknown(spec, 'chance') ?? Math.max(STEPS, stepAtShare(spec, SHARE)),
  find({ spec, rows }) {
    const { data, sequence_length: T } = spec
    const newest = rows.slice(-ROWS)
    const last = newest.at(-1)
    if (last === undefined || usesDataset(data)) return null
    const chance = taskProblem(data, T).chance.loss
    const loss = meanLoss(newest)
    if (loss < MOST * chance) return null
    return {
      layer: null,
      timestep: null,
      fromStep: newest[0]?.step ?? last.step,
      toStep: last.step,
      figures: { mean_loss: loss, chance_loss: chance },
      remedies: longerReach(spec, T),
    }
  },
}
