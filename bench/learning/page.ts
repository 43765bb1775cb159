// docs/learning.md, from the rows and the results that are committed.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { committed } from '../results.ts'
import { learningTable, type LearningResult } from '../tables/learning.ts'
import { ROWS } from './rows.ts'
import { findResult, judge, type Verdict } from './verdict.ts'

/** The document. Errors: Error when no result is committed. */
export function learning(): string {
  const { rows: results, machine, versions } = committed('learning') as LearningResult
  const verdicts = ROWS.flatMap((row) => row.figures.map((_, figure) => judge(row, figure, results)))
  const count = (verdict: Verdict) => verdicts.filter((each) => each === verdict).length
  const seconds = ROWS.reduce((sum, row) => sum + (findResult(row, results)?.seconds ?? 0), 0)
  const sections = ROWS.flatMap(({ name, title, notes }) => {
    const picture = `learning/${name}.svg`
    const isDrawn = existsSync(fileURLToPath(new URL(`../../../docs/${picture}`, import.meta.url))) // from bench/dist/learning
    if (!isDrawn && notes === undefined) return []
    return [
      [`### ${title}`, notes, isDrawn ? `![Flow of the first seed](${picture})` : undefined]
        .filter(Boolean)
        .join('\n\n'),
    ]
  })
  return `# What it learns

<!-- Written by \`npm run docs\` from \`bench/results/learning.json\`. -->

The tasks of the literature, trained through the service: each row is a recipe, its jobs are submitted over HTTP and differ in their seed
alone, and each figure is that of the evaluation at the end or of predictions on sequences that no job has trained with. \`wanted\` is the rule that
a row is held to, with the seeds that must keep it. \`s\` is the time of all seeds of a row, which depends on what else the machine does.

\`npm run bench:learning\` runs the rows that have no result with their recipe, \`-- --rows NAME,NAME\` some of them; each result is kept as soon as
it is there. Of ${verdicts.length} figures ${count('met')} are met, ${count('missed')} are missed and ${count('not run')} are not run; the rows with a result took ${seconds} s, on ${machine.cores}
cores of ${machine.cpu}, node ${versions['node']}.

${learningTable(ROWS, results)}

\`schmidhuber-problems\` are re-implementations of these tasks in NumPy, with small networks and budgets (npow/schmidhuber-problems); their
networks and rates are those of the rows. An LSTM without forgetting has a forget bias of 20, at which σ is 1 and its derivative 0 in
float32.

Not in the bank: multiplication at T = 100 (482,000 sequences in 1997), digits of 28 × 28 pixels, whose published figures take
hundreds of epochs, and the temporal order of Pascanu et al. 2013, whose recipe has a regulariser Ω that is not built in.

## Flow

log₁₀‖∂L/∂h_t‖ of the first seed of each row that was run, by training step and time step.

${sections.join('\n\n')}
`
}
