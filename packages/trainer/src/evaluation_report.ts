import { toJsonNumber, type EvaluationReport, type JsonNumber } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import type { Evaluated, HeldOut } from './evaluate.ts'

/** An evaluation as it is told: measured numbers that JSON cannot carry by their names. */
export function buildReport(part: HeldOut, step: number, { counts }: Feed, evaluated: Evaluated): EvaluationReport {
  const { targets, scores, classes, confusion, horizons } = evaluated
  return {
    part,
    step,
    ...(counts && { sequences: counts[part] }),
    targets,
    scores: named(scores),
    ...(classes && {
      classes: classes.map(({ class: name, support, ...measured }) => ({ class: name, support, ...named(measured) })),
    }),
    ...(confusion && { confusion: confusion.map((row) => [...row]) }),
    ...(horizons && {
      horizons: horizons.map(({ horizon, targets: count, ...measured }) => ({
        horizon,
        targets: count,
        ...named(measured),
      })),
    }),
  }
}

function named<Name extends string>(measured: Readonly<Record<Name, number>>): Record<Name, JsonNumber> {
  const entries = Object.entries<number>(measured).map(([name, value]) => [name, toJsonNumber(value)])
  return Object.fromEntries(entries) as Record<Name, JsonNumber>
}
