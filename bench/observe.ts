import type { Session, StepOptions } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, makeProgram, type Sizes } from './char_model.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { outOption, report } from './results.ts'
import { OBSERVED, observeTable, type ObservedName, type ObserveResult, type Ratio } from './tables/observe.ts'
import { divideTimes, median, rounded, timed, timePairs } from './timing.ts'

const WARM_UP = 2

const COMMAND = {
  name: 'observe',
  question:
    'What does it cost to observe a training step? In one process, pairs of stretches of steps: one that observes and one that does not, which goes first changing from pair to pair.',
  options: {
    sizes: choices(SIZE_NAMES, SIZE_NAMES, 'of the grid'),
    kinds: choices(OBSERVED, OBSERVED, 'what is observed'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    pairs: count(20, 'pairs of each kind at each size'),
    stretch_ms: count(250, 'least time that a stretch takes, a step at least'),
    out: outOption('observe'),
  },
} as const

type Row = ObserveResult['rows'][number]
type Step = () => Promise<unknown>

await bench(COMMAND, async ({ sizes, kinds, cell, engine: name, pairs, stretch_ms, out }) => {
  const { engine } = await selectEngine(name)
  const rows: Row[] = []
  for (const size of sizes) {
    const session = await engine.open(makeProgram(GRID[size], choiceOf({ cell })))
    const row = await measured(stepsOf(session, GRID[size]), { kinds, pairs, stretchMs: stretch_ms })
    session.dispose()
    rows.push({ size, ...row })
  }
  report<Pick<ObserveResult, 'rows'>>(out, { versions: engine.versions, rows }, observeTable)
})

function stepsOf(session: Session, sizes: Sizes): Readonly<Record<ObservedName | 'nothing', Step>> {
  const batch = batchOf(sizes)
  const window = fullWindow(sizes)
  const k = Math.floor(sizes.T / 5)
  const step = (observed: Partial<StepOptions>) =>
    session.step(batch, window, { learningRate: 1e-3, metrics: false, flow: false, ...observed })
  return {
    nothing: () => step({}),
    metrics: () => step({ metrics: true }),
    flow: () => step({ flow: true }),
    both: () => step({ metrics: true, flow: true }),
    probe: () => step({ flow: true, probe: true }),
    saturation: () => step({ saturation: true }),
    bias: async () => {
      await step({})
      await session.truncationBias(batch, { k1: k, k2: k })
    },
  }
}

async function measured(
  steps: ReturnType<typeof stepsOf>,
  {
    kinds,
    pairs,
    stretchMs,
  }: { readonly kinds: readonly ObservedName[]; readonly pairs: number; readonly stretchMs: number },
): Promise<Omit<Row, 'size'>> {
  for (const name of kinds) await timed(steps[name], WARM_UP) // each compiles what it needs
  const [, once = NaN] = await timed(steps.nothing, WARM_UP)
  const length = Math.max(1, Math.ceil(stretchMs / once))
  const nothing: number[] = []
  const ratios: Partial<Record<ObservedName, Ratio>> = {}
  for (const name of kinds) {
    const times = await timePairs(
      () => stretch(steps[name], length),
      () => stretch(steps.nothing, length),
      pairs,
    )
    nothing.push(...times.map(([, plain]) => plain))
    ratios[name] = divideTimes(times)
  }
  return { pairs, steps: length, nothing_ms: rounded(median(nothing), 3), ratios }
}

/** Milliseconds of a step of a stretch, whose first step is not counted: it finds the caches as another kind has left them. */
async function stretch(step: Step, length: number): Promise<number> {
  const [, ...times] = await timed(step, 1 + length)
  return times.reduce((sum, ms) => sum + ms, 0) / length
}
