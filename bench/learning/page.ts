// docs/learning.md, from the rows and the results that are committed.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { committed } from '../results.ts'
import { learningTable, type LearningResult } from '../tables/learning.ts'
import { ROWS } from './rows.ts'
import { judge, type Verdict } from './verdict.ts'

/** The document. Errors: Error when no result is committed. */
export function learning(): string {
  const { rows: results, whole, machine, versions } = committed('learning') as LearningResult
  const verdicts = ROWS.flatMap((row) => row.figures.map((_, figure) => judge(row, figure, results)))
  const count = (verdict: Verdict) => verdicts.filter((each) => each === verdict).length
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
a row is held to, with the seeds that must keep it. \`s\` is the time from the start of the first seed of a row to the end of the last, two of which
are trained side by side; it depends on what else the machine does.

\`npm run bench:learning\` runs the rows that have no result with their recipe, \`-- --rows NAME,NAME\` some of them; each result is kept as soon as
it is there, and \`-- --repeat yes\` runs all of them again. Of ${verdicts.length} figures: ${count('met')} met, ${count('missed')} missed, ${count('not run')} not run, on ${machine.cores} cores of
${machine.cpu}, node ${versions['node']}.${whole ? ` The newest run of all rows in one piece took ${whole.seconds} s, of which worker and jobs spent ${whole.processor_seconds} s on processors.` : ''}

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
