import type { Rule } from './rule.ts'
import { atChance } from './rules/at_chance.ts'
import { clipIdle } from './rules/clip_idle.ts'
import { clipSaturated } from './rules/clip_saturated.ts'
import { exploding } from './rules/exploding.ts'
import { horizonShort } from './rules/horizon_short.ts'
import { saturatedUnits } from './rules/saturated_units.ts'
import { truncationBiased } from './rules/truncation_biased.ts'
import { vanishing } from './rules/vanishing.ts'

/** Every rule. FINDINGS of the contract package describes each in words. */
export const RULES: readonly Rule[] = [
  atChance,
  exploding,
  vanishing,
  horizonShort,
  clipIdle,
  clipSaturated,
  saturatedUnits,
  truncationBiased,
]
