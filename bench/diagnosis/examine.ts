// What the bench measures of one specification: how it ends, what is told of it, and what the proposed changes are worth.

import { amend, toJsonNumber, type FindingCode, type JsonNumber } from '@unroll/contract'
import { random } from '@unroll/random'
import type { Specimen } from './bank.ts'
import { drawChange } from './control.ts'
import { FAULTS, type FaultName } from './faults.ts'
import { diagnose, parse, unobserved, type Run } from './trial.ts'

const SEED = 21

/** A finding and what its proposal is worth. Losses are shares of that at chance; Infinity of a run that was not finite. */
export interface Told {
  readonly code: FindingCode
  /** The training step at which it is first told. */
  readonly step: number
  /** What is proposed; null where nothing is. */
  readonly changes: object | null
  /** Null where nothing is proposed, or the proposal was not compared. */
  readonly proposed: Changed | null
  readonly drawn: Changed | null
}

interface Changed {
  readonly changes: object
  readonly loss: JsonNumber
}

/** All of one specification. */
export interface Examined {
  readonly name: string
  readonly fault: FaultName
  readonly half: Specimen['half']
  readonly max_steps: number
  readonly loss: JsonNumber
  /** Without the fault; null of a healthy one. */
  readonly twin_loss: JsonNumber | null
  readonly told: readonly Told[]
}

export async function examine(run: Run, { name, fault, half, spec, twin }: Specimen): Promise<Examined> {
  const trial = await run(spec)
  const twinLoss = twin && (await run(unobserved(twin))).loss
  const told = diagnose(spec, trial).map(({ code, first_step: step, changes }): Told => ({
    code,
    step,
    changes,
    proposed: null,
    drawn: null,
  }))
  const { max_steps } = parse(spec).training
  const [loss, twin_loss] = [toJsonNumber(trial.loss), twinLoss === null ? null : toJsonNumber(twinLoss)]
  return { name, fault, half, max_steps, loss, twin_loss, told }
}

/**
 * Trains what is proposed, and what is drawn beside it, of `most` proposals at most: of which, a seed says.
 *
 * @returns the rows with what they come to
 */
export async function compareProposals(
  run: Run,
  rows: readonly Examined[],
  { specOf, most }: { specOf: (row: Examined) => object; most: number },
): Promise<Examined[]> {
  const asked = rows.flatMap((row) =>
    row.told.filter(({ changes }) => changes !== null).map(({ code }) => ({ row, code })),
  )
  const chosen = random(SEED, 'diagnosis.pairs').shuffled(asked.length).slice(0, most)
  const pairs = new Map<string, Pick<Told, 'proposed' | 'drawn'>>()
  for (const { row, code } of chosen.map((at) => asked[at]!)) {
    const changes = row.told.find((told) => told.code === code)!.changes!
    const name = `${row.name} ${code}`
    pairs.set(name, await compare(run, { name, spec: specOf(row), changes }))
  }
  return rows.map((row) => ({
    ...row,
    told: row.told.map((told) => ({ ...told, ...pairs.get(`${row.name} ${told.code}`) })),
  }))
}

async function compare(
  run: Run,
  { name, spec, changes }: { name: string; spec: object; changes: object },
): Promise<{ proposed: Changed; drawn: Changed }> {
  const from = parse(spec)
  const end = async (change: object): Promise<Changed> => {
    const amended = amend(from, change)
    if (!amended.ok) throw new Error(`Cannot change ${name} by ${JSON.stringify(change)}`)
    return { changes: change, loss: toJsonNumber((await run(unobserved(amended.value))).loss) }
  }
  return { proposed: await end(changes), drawn: await end(drawChange(from, name, changes)) }
}

/** How much worse than its twin a run with a fault ends. */
const WORSE = 1.2
/** The share of the loss at chance below which a run has learned. */
const LEARNED = 0.5

/** Whether the run ended as its kind says, which its findings have no part in. */
export function isConfirmed({ fault, loss, twin_loss }: Pick<Examined, 'fault' | 'loss' | 'twin_loss'>): boolean {
  const [own, other] = [Number(loss), Number(twin_loss)]
  const { outcome } = FAULTS[fault]
  if (outcome === 'learned') return own < LEARNED
  return outcome === 'same' ? own === other : own > WORSE * other
}
