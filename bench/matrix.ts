import type { Session } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, makeProgram, type Sizes } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { matrixTable, type MatrixResult } from './tables/matrix.ts'
import type { Ratio } from './tables/observe.ts'
import { median, quantile, rounded, timed } from './timing.ts'

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
    const matrix = await compare(itemise, step, pairs)
    const plain = async () => void (await timed(step, every))
    const observing = async () => {
      await itemise()
      await plain()
    }
    const run = await compare(observing, plain, stretches)
    session.dispose()
    const T = GRID[size].T
    rows.push({ size, timesteps: T, pairs, step_ms: rounded(matrix.other, 3), matrix: matrix.ratio, run: run.ratio })
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

/** The time of one divided by that of the other, and the median of the other in milliseconds. */
async function compare(one: Run, other: Run, pairs: number): Promise<{ ratio: Ratio; other: number }> {
  const ratios: number[] = []
  const others: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [one, other] : [other, one]
    const [first = NaN] = await timed(order[0]!, 1)
    const [second = NaN] = await timed(order[1]!, 1)
    const [own, plain] = pair % 2 === 0 ? [first, second] : [second, first]
    ratios.push(own / plain)
    others.push(plain)
  }
  const at = (share: number) => rounded(quantile(ratios, share), 4)
  return { ratio: { lower: at(0.25), median: at(0.5), upper: at(0.75) }, other: median(others) }
}
