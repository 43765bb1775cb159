import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bench, choice, choices, count, text } from './command.ts'
import { ROWS } from './learning/rows.ts'
import { measureRow, submitRow } from './learning/train_row.ts'
import { findResult } from './learning/verdict.ts'
import { readProcessorSeconds } from './processor_time.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { rowTable, type LearningResult } from './tables/learning.ts'

const NAMES = ROWS.map(({ name }) => name)

/** What docs/learning.md shows. */
const PICTURES = relative(process.cwd(), fileURLToPath(new URL('../../docs/learning', import.meta.url))) // from bench/dist

/** Rows whose jobs wait beside those of the row that is waited for, so that no core is idle while its last seed is trained. */
const ROWS_AHEAD = 3

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
  const before = readResult(out)
  const results = { ...before.rows }
  const wanted = rows.map((name) => ROWS.find((row) => row.name === name)!)
  const open = wanted.filter((row) => repeat === 'yes' || findResult(row, results) === undefined)
  process.stdout.write(`${open.length} of ${wanted.length} rows to run\n`)
  if (open.length === 0) return
  const service = await startService({ worker: { UNROLL_SLOTS: String(slots) } })
  const started = performance.now()
  try {
    let { whole } = before
    const submitted: string[][] = []
    for (const [place, row] of open.entries()) {
      for (const next of open.slice(submitted.length, place + 1 + ROWS_AHEAD))
        submitted.push(await submitRow(service, next))
      const { result, picture } = await measureRow(service, row, submitted[place]!)
      results[row.name] = result
      mkdirSync(pictures, { recursive: true })
      writeFileSync(join(pictures, `${row.name}.svg`), picture)
      if (place === ROWS.length - 1) whole = spent(started, service)
      report<Figures>(out, { versions: {}, rows: results, ...(whole && { whole }) }, () => rowTable(row, results))
    }
  } finally {
    await service.stop()
  }
})

type Figures = Pick<LearningResult, 'rows' | 'versions' | 'whole'>

function readResult(file: string): Pick<LearningResult, 'rows' | 'whole'> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LearningResult) : { rows: {} }
}

function spent(started: number, { workerPid = 0 }: Service): LearningResult['whole'] {
  const seconds = Math.round((performance.now() - started) / 1000)
  return { seconds, processor_seconds: Math.round(readProcessorSeconds(workerPid)) }
}
