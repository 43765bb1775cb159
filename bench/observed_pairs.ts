import type { Session, StepOptions } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, makeProgram, type Sizes } from './char_model.ts'
import type { PairsLine } from './child.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { OBSERVED, type ObservedName } from './tables/observe.ts'
import { timed, timePairs, type TimedPair } from './timing.ts'

const WARM_UP = 2

const COMMAND = {
  name: 'observed-pairs',
  question:
    'The part of bench:observe that runs in a process of its own: pairs of stretches of steps, one that observes and one that does not, which goes first changing from pair to pair. Prints one JSON line.',
  options: {
    size: choice(SIZE_NAMES, 'small', 'of the grid'),
    kinds: choices(OBSERVED, OBSERVED, 'what is observed'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    pairs: count(4, 'pairs of each kind'),
    stretch_ms: count(100, 'least time that a stretch takes, a step at least'),
  },
} as const

type Step = () => Promise<unknown>

await bench(COMMAND, async ({ size, kinds, cell, engine: name, pairs, stretch_ms }) => {
  const { engine } = await selectEngine(name)
  const session = await engine.open(makeProgram(GRID[size], choiceOf({ cell })))
  const steps = stepsOf(session, GRID[size])
  for (const kind of kinds) await timed(steps[kind], WARM_UP) // each compiles what it needs
  const [, once = NaN] = await timed(steps.nothing, WARM_UP)
  const length = Math.max(1, Math.ceil(stretch_ms / once))
  const times: Partial<Record<ObservedName, readonly TimedPair[]>> = {}
  for (const kind of kinds) {
    times[kind] = await timePairs(
      () => stretch(steps[kind], length),
      () => stretch(steps.nothing, length),
      pairs,
    )
  }
  session.dispose()
  const line: PairsLine = { versions: engine.versions, steps: length, times }
  process.stdout.write(`${JSON.stringify(line)}\n`)
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

/** Milliseconds of a step of a stretch, whose first step is not counted: it finds the caches as another kind has left them. */
async function stretch(step: Step, length: number): Promise<number> {
  const [, ...times] = await timed(step, 1 + length)
  return times.reduce((sum, ms) => sum + ms, 0) / length
}
