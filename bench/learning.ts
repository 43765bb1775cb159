import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bench, choice, choices, count, text } from './command.ts'
import { ROWS } from './learning/rows.ts'
import { trainRow } from './learning/train_row.ts'
import { findResult } from './learning/verdict.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { rowTable, type LearningResult } from './tables/learning.ts'

const NAMES = ROWS.map(({ name }) => name)

/** What docs/learning.md shows. */
const PICTURES = relative(process.cwd(), fileURLToPath(new URL('../../docs/learning', import.meta.url))) // from bench/dist

const COMMAND = {
  name: 'learning',
  question:
    'What does the service learn of the tasks of the literature, beside the published figures? Each row is trained from several seeds, and its result is kept as soon as it is there: a run that is broken off goes on with the rows that have none.',
  options: {
    rows: choices(NAMES, NAMES, 'the rows, in the order in which they are run'),
    repeat: choice(['yes', 'no'], 'no', 'whether rows that have a result are run again'),
    slots: count(2, 'jobs side by side, on a core each'),
    out: outOption('learning'),
    pictures: text('FOLDER', 'where the flow of the first seed of each row goes, as SVG', PICTURES),
  },
} as const

await bench(COMMAND, async ({ rows, repeat, slots, out, pictures }) => {
  const results = { ...readResults(out) }
  const wanted = rows.map((name) => ROWS.find((row) => row.name === name)!)
  const open = wanted.filter((row) => repeat === 'yes' || findResult(row, results) === undefined)
  process.stdout.write(`${open.length} of ${wanted.length} rows to run\n`)
  const service = open.length === 0 ? undefined : await startService({ worker: { UNROLL_SLOTS: String(slots) } })
  try {
    for (const row of open) {
      const { result, picture } = await trainRow(service!, row)
      results[row.name] = result
      mkdirSync(pictures, { recursive: true })
      writeFileSync(join(pictures, `${row.name}.svg`), picture)
      report<Pick<LearningResult, 'rows' | 'versions'>>(out, { versions: {}, rows: results }, () =>
        rowTable(row, results),
      )
    }
  } finally {
    await service?.stop()
  }
})

function readResults(file: string): LearningResult['rows'] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LearningResult).rows : {}
}
