// docs/diagnosis-score.md, from the result that is committed.

import { committed } from '../results.ts'
import {
  bankTable,
  changesTable,
  confusionTable,
  errorsTable,
  goalsTable,
  lostTable,
  scoreTable,
  type DiagnosisResult,
} from '../tables/diagnosis.ts'
import { FAULTS, type FaultName } from './faults.ts'
import { measureDelay, scored } from './score.ts'

/** The score of the half that was held apart before, which rules have since been changed by. */
const EARLIER = `Before, every other one of the 247 specifications that are chosen was held apart. The rules of that time, which had not been changed by it,
had precision 0.938, recall 0.953, the first right finding at 8.3 % in the median, and proposals that ended lower than the run as it is in 0.892 and
lower than a drawn change in 0.810 of pairs. That half has been looked at since and belongs to the half that rules are tuned by. Losses of its twins
and changes that were trained then are those of then; its other runs, trained again, ended with the same losses to the last bit.`

/** The document. Errors: Error when no result is committed. */
export function diagnosisScore(): string {
  const result = committed('diagnosis') as DiagnosisResult
  const [apart, tuning] = (['apart', 'tuning'] as const).map((half) => result.rows.filter((row) => row.half === half))
  const { machine, versions, date, engine } = result
  return `# How right the diagnosis is

<!-- Written by \`npm run docs\` from \`bench/results/diagnosis.json\`. -->

\`npm run bench:diagnosis\` trains a bank of ${result.rows.length} specifications with one seeded fault each, or none, and holds what the
[rules](diagnosis.md) tell against it. ${date}, engine \`${engine}\`, ${machine.cores} cores of ${machine.cpu}, node ${versions['node']}, in
several processes and beside other work on the machine.

A specification is built with its fault, beside a twin that differs in the fault alone. Whether it is in the score is decided by outcomes
that no rule sees: a run with a fault must end with a held-out loss at least a fifth higher than its twin, or be no longer finite; with a threshold
that no norm reaches it must end with the loss of its twin without clipping to the last bit; a healthy run must end below half of the
best loss without memory. A run is \`at_chance\` if its held-out loss at the end is at least 0.9 of that loss, whatever was seeded. Any other
finding than those that are wanted is wrong, but those that are left open, which may follow of the fault. A finding counts from when it is first told,
also if it ceases to hold later.

Rules, proposals and what is left open are changed by what one half of the bank shows, whose specifications are chosen; while it was built, some
whose outcome was not that of their kind were replaced, by their outcomes alone. The other half is held apart and has the score.

The half that is held apart is drawn: \`bench/diagnosis/drawn\` makes its specifications from a seed. The ways to make a row of a fault take
turns, as do those of a healthy one, and cell, problem, length of the sequences and lag, number of units (10 to 28), learning rate, threshold, strength
of the fault and seed of the run are drawn, each from a range around the values of the rows that are chosen. Procedure and seed were written down before one
of these specifications had been trained. None is replaced, whatever its outcome: one that is not confirmed is not scored. Training began while the rules were
still changed by the other half; what is told of these runs was looked at once, by rules that have not been changed since.

${EARLIER}

${bankTable(result.rows, describeFault)}

## The half that is held apart

${goalsTable(apart!)}

${describeHalf(apart!)}

## The half that rules are tuned by

${describeHalf(tuning!)}
`
}

/** What is seeded, which findings are wanted and which left open. */
function describeFault(fault: FaultName): readonly string[] {
  const { what, wanted, allowed } = FAULTS[fault]
  return [what, listCodes(wanted), listCodes(allowed)]
}

function listCodes(codes: readonly string[]): string {
  return codes.map((code) => `\`${code}\``).join(', ')
}

function describeHalf(rows: Parameters<typeof scoreTable>[0]): string {
  return `\`right\`, \`wrong\` and \`missed\` count findings; precision is the share of what is told that is right, recall the share of what is true
that is told. \`told at\` is the median share of \`max_steps\` at which a right finding is first told; the first right finding of a fault comes at
${(100 * measureDelay(scored(rows))).toFixed(1)} %.

${scoreTable(rows)}

Specifications of each fault that are told each finding:

${confusionTable(rows)}

Each finding that is wrong or missed, with the held-out loss at the end as a share of that at chance:

${errorsTable(rows)}

The change that a finding proposes, from the start: the held-out loss at its end beside that of the run as it is, and beside a change that is drawn
from the same fields in any direction. Won and lost are by more than 2 %. ${countPairs(rows)}

${changesTable(rows)}

Each proposal that lost against the run as it is or against the drawn change, with the held-out losses at the end:

${lostTable(rows)}`
}

/** How many proposals are in the table, where not all are. */
function countPairs(rows: Parameters<typeof scoreTable>[0]): string {
  const told = scored(rows).flatMap((row) => row.told.filter(({ changes }) => changes !== null))
  const compared = told.filter(({ proposed }) => proposed !== null).length
  return compared === told.length
    ? `All ${compared} proposals.`
    : `${compared} of ${told.length} proposals, drawn by a seed.`
}
