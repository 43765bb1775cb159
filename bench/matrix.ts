import type { Session } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, makeProgram, type Sizes } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { matrixTable, type MatrixResult } from './tables/matrix.ts'
import { divideTimes, median, rounded, timed, timePairs } from './timing.ts'

const WARM_UP = 2

const COMMAND = {
  name: 'matrix',
  question:
    'What does the itemised matrix cost? In one process, pairs of a step and a matrix, and of stretches of steps with one matrix and without, which goes first changing from pair to pair.',
  options: {
    sizes: choices(SIZE_NAMES, ['small', 'large'], 'of the grid; T is 100 of those unless given'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    sources: count(16, 'sources of the matrix'),
    pairs: count(20, 'pairs of a step and a matrix at each size'),
    every: count(100, 'steps of a stretch'),
    stretches: count(5, 'pairs of stretches at each size'),
    out: outOption('matrix'),
  },
} as const

type Row = MatrixResult['rows'][number]
type Run = () => Promise<unknown>

await bench(COMMAND, async ({ sizes, cell, engine: name, sources, pairs, every, stretches, out }) => {
  const { engine } = await selectEngine(name)
  const rows: Row[] = []
  for (const size of sizes) {
    const session = await engine.open(makeProgram(GRID[size], choiceOf({ cell })))
    const { step, itemise } = runsOf(session, GRID[size], sources)
    await timed(itemise, WARM_UP)
    await timed(step, WARM_UP)
    const matrix = await timePairs(
      () => timeOnce(itemise),
      () => timeOnce(step),
      pairs,
    )
    const plain = async () => void (await timed(step, every))
    const observing = async () => {
      await itemise()
      await plain()
    }
    const run = await timePairs(
      () => timeOnce(observing),
      () => timeOnce(plain),
      stretches,
    )
    session.dispose()
    const T = GRID[size].T
    const step_ms = rounded(median(matrix.map(([, other]) => other)), 3)
    rows.push({ size, timesteps: T, pairs, step_ms, matrix: divideTimes(matrix), run: divideTimes(run) })
  }
  report<Omit<MatrixResult, 'date' | 'machine' | 'versions'>>(
    out,
    { versions: engine.versions, sources, every, rows },
    matrixTable,
  )
})

function runsOf(session: Session, sizes: Sizes, sources: number): Readonly<Record<'step' | 'itemise', Run>> {
  const batch = batchOf(sizes)
  const window = fullWindow(sizes)
  return {
    step: () => session.step(batch, window, { learningRate: 1e-3, metrics: false, flow: false }),
    itemise: () => session.itemise(batch, window, sources),
  }
}

/** Milliseconds of one run. */
async function timeOnce(run: Run): Promise<number> {
  const [ms = NaN] = await timed(run, 1)
  return ms
}
