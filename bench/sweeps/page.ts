// docs/sweeps.md, from the result that is committed.

import { committed } from '../results.ts'
import { HELD_APART_AFTER, eachSweepTable, sweepsTable, type SweepsResult } from '../tables/sweeps.ts'

/** The document. Errors: Error when no result is committed. */
export function sweeps(): string {
  const { machine, versions, date, engine, samples, steps, stop_on, rows } = committed('sweeps') as SweepsResult
  const [first, apart] = [rows.slice(0, HELD_APART_AFTER), rows.slice(HELD_APART_AFTER)]
  return `# Sweeps that listen

<!-- Written by \`npm run docs\` from \`bench/results/sweeps.json\`. -->

A trial whose gradient vanishes, explodes or does not reach back as far as its task asks does not learn, and its [diagnosis](diagnosis.md) tells
early. \`"stop_on": ["vanishing", "exploding", "horizon_short"]\` has a [sweep](guide.md#5-try-many) end such a trial once the finding has held for a tenth
of its steps, and at once where numbers are not finite. The objective confirms it: a trial whose loss is clearly below that of an answer without memory
goes on, whatever is found. \`strategy: successive_halving\` compares trials by their objective after a share of the steps, and the better half goes on. Both
may be used together: a job of an early rung has fewer steps, and a tenth of them is over sooner.

## What it saves

\`npm run bench:sweeps\`: ${rows.length} sweeps of ${samples} trials of ${steps} steps, on adding, temporal order and a noise-free lag in turns, with sequences of 40 steps. Trials are drawn
from tanh, relu, GRU and LSTM networks of 16 units and from learning rates between 0.001 and 0.1. A rung has half of the trials of the one before and twice the steps.
\`stop_on\` is ${stop_on.map((code) => `\`${code}\``).join(', ')}. ${date}, engine \`${engine}\`, ${machine.cores} cores of ${machine.cpu}, node ${versions['node']}; what is counted are steps, which do not depend on the machine.

The objective is the held-out loss of adding, and the accuracy of the others. A run is a function of its specification. Each trial is therefore trained once, to its end, and its rows go through the diagnosis and the decision of
a worker for each way of running the sweep: the same best value is the same to the last bit. A worker hears of rows four times a
second, so that a stop of steps of a millisecond comes up to 250 steps later in a service than here, and one of longer steps as much earlier.

${sweepsTable(first)}

\`saved\` is the share of the steps of the first way. The winner is a trial with the best value there: a finding may stop it, or halving may have others go on.
That accuracy is the objective of two tasks, and that there are ways with 2 rungs, was chosen after the first of these ${first.length} sweeps; that trials go on where
findings have stopped all of a rung, after the last of them, in which 2 rungs with \`stop_on\` had no winner.
${apart.length} more were run after that, with nothing changed:

${sweepsTable(apart)}

With the loss as the objective of all three tasks, where trials that answer every sequence rightly differ by what is left of it, all ${rows.length} sweeps:

${sweepsTable(rows, 'arms_by_loss')}

A finding is no proof. Where a task has no noise, a gradient that is a millionth of its size after 40 steps still points the right way, and optimizers that
divide a gradient by its size follow it: such a trial may learn late. In a short rung a finding holds for a tenth of its steps before most trials have
begun to learn; with 3 rungs the first is of ${steps / 4} steps.

## Each sweep

The best value with every trial to its end (mean squared error, or share of right answers), the steps of each way, how many trials \`stop_on\` alone has
stopped, and how the winner was lost.

${eachSweepTable(rows)}
`
}
