import type { Session } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, programOf, type Sizes } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { OBSERVED, observeTable, type ObservedName, type ObserveResult } from './tables/observe.ts'
import { median, rounded, timed } from './timing.ts'

const WARM_UP = 2

const COMMAND = {
  name: 'observe',
  question:
    'What does it cost to observe a training step? In one process, in turn: nothing, metrics, flow at every step, probe flow, saturation, truncation bias.',
  options: {
    sizes: choices(SIZE_NAMES, SIZE_NAMES, 'of the grid'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    rounds: count(30, 'steps of each kind at each size'),
    out: outOption('observe'),
  },
} as const

await bench(COMMAND, async ({ sizes, cell, engine: name, rounds, out }) => {
  const { engine } = await selectEngine(name)
  const rows: ObserveResult['rows'][number][] = []
  for (const size of sizes) {
    const session = await engine.open(programOf(GRID[size], choiceOf({ cell })))
    const ms = await mediansOf(stepsOf(session, GRID[size]), rounds)
    session.dispose()
    const ratio = mapped(ms, (value) => rounded(value / ms.nothing, 4))
    rows.push({ size, rounds, ms: mapped(ms, (value) => rounded(value, 3)), ratio })
  }
  report<Pick<ObserveResult, 'rows'>>(out, { versions: engine.versions, rows }, observeTable)
})

type Steps = Readonly<Record<ObservedName, () => Promise<unknown>>>

function stepsOf(session: Session, sizes: Sizes): Steps {
  const batch = batchOf(sizes)
  const window = fullWindow(sizes)
  const plain = { learningRate: 1e-3, metrics: false, flow: false }
  const k = Math.floor(sizes.T / 5)
  return {
    nothing: () => session.step(batch, window, plain),
    metrics: () => session.step(batch, window, { ...plain, metrics: true }),
    flow: () => session.step(batch, window, { ...plain, flow: true }),
    probe: () => session.step(batch, window, { ...plain, flow: true, probe: true }),
    saturation: () => session.step(batch, window, { ...plain, saturation: true }),
    bias: async () => {
      await session.step(batch, window, plain)
      await session.truncationBias(batch, { k1: k, k2: k })
    },
  }
}

/**
 * In turn, so that what disturbs the machine disturbs all alike. Each step is taken twice and timed the second time: the
 * first finds the caches as a step of another kind has left them.
 */
async function mediansOf(steps: Steps, rounds: number): Promise<Readonly<Record<ObservedName, number>>> {
  const times = mapped(steps, (): number[] => [])
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const name of OBSERVED) {
      const [, ms = NaN] = await timed(steps[name], 2)
      if (round >= 0) times[name].push(ms)
    }
  }
  return mapped(times, median)
}

function mapped<From, To>(
  record: Readonly<Record<ObservedName, From>>,
  map: (value: From) => To,
): Readonly<Record<ObservedName, To>> {
  return Object.fromEntries(OBSERVED.map((name) => [name, map(record[name])])) as Record<ObservedName, To>
}
