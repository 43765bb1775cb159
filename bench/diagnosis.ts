import { selectEngine } from '@unroll/engines'
import { bench, choice, count, text } from './command.ts'
import { BANK } from './diagnosis/bank.ts'
import { compareProposals, examine, type Examined } from './diagnosis/examine.ts'
import { keepRuns } from './diagnosis/kept_runs.ts'
import { tryOut, type Run } from './diagnosis/trial.ts'
import { outOption, report } from './results.ts'
import { changesTable, confusionTable, scoreTable, type DiagnosisResult } from './tables/diagnosis.ts'

const COMMAND = {
  name: 'diagnosis',
  question:
    'How often is the diagnosis right, how early is it told, and what are the changes worth that it proposes? Trains a bank of specifications with seeded faults and without, in this process.',
  options: {
    half: choice(['both', 'tuning', 'apart'], 'both', 'which half: rules are changed by what tuning shows alone'),
    rows: text('TEXT', 'those whose name has this text', ''),
    pairs: count(1_000_000, 'proposals of a half that are compared at most, drawn by a seed'),
    runs: text('FOLDER', 'where runs are kept, and taken from where they are kept already', ''),
    out: outOption('diagnosis'),
  },
} as const

await bench(COMMAND, async ({ half, rows: named, pairs: most, runs: folder, out }) => {
  const wanted = BANK.filter((row) => (half === 'both' || row.half === half) && row.name.includes(named))
  if (wanted.length === 0) throw new RangeError(`Cannot score as no specification has "${named}" in its name`)
  const { engine } = await selectEngine('auto')
  const train: Run = (body) => tryOut(engine, body)
  const kept = folder === '' ? train : keepRuns(train, folder)
  const spent = new Map<string, number>()
  const run: Run = async (body) => {
    const trial = await kept(body)
    spent.set(JSON.stringify(body), trial.seconds)
    return trial
  }
  const rows: Examined[] = []
  for (const specimen of wanted) {
    rows.push(await examine(run, specimen))
    process.stdout.write(`${rows.length} of ${wanted.length}: ${specimen.name}\n`)
  }
  const specs = new Map(wanted.map(({ name, spec }) => [name, spec]))
  const compared: Examined[] = []
  for (const each of ['tuning', 'apart'] as const) {
    const own = rows.filter((row) => row.half === each)
    compared.push(...(await compareProposals(run, own, { specOf: ({ name }) => specs.get(name)!, most })))
  }
  const seconds = Math.round([...spent.values()].reduce((sum, each) => sum + each, 0))
  const figures = { versions: {}, engine: engine.name, seconds, rows: compared }
  engine.dispose()
  report<Omit<DiagnosisResult, 'date' | 'machine'>>(out, figures, writeTables)
})

function writeTables({ rows }: DiagnosisResult): string {
  return [scoreTable(rows), confusionTable(rows), changesTable(rows)].join('\n\n')
}
