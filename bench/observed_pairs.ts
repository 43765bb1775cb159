import type { Session, StepOptions } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, choiceOf, fullWindow, makeProgram, type Sizes } from './char_model.ts'
import type { PairsLine } from './child.ts'
import { bench, choice, choices, count } from './command.ts'
import { GRID, SIZE_NAMES } from './grid.ts'
import { OBSERVED, type ObservedName } from './tables/observe.ts'
import { median, timed, timePairs, type TimedPair } from './timing.ts'

/**
 * TensorFlow hands each operation to another thread, as if it took long, until 90 runs for the same outputs have shown that it
 * does not (the estimate of 10⁸ cycles loses a tenth in each run until it is below 8,000): 2 to 3 % of a step of 3 ms. Steps that
 * take so long that fewer fit into the time do not feel it.
 */
const WARM_UP = { steps: 100, ms: 1000 }

const COMMAND = {
  name: 'observed-pairs',
  question:
    'What do observed steps cost beside steps that observe nothing, in one process? Pairs of stretches of each, which goes first changing from pair to pair. Prints the JSON line that bench:observe reads.',
  options: {
    size: choice(SIZE_NAMES, 'small', 'of the grid'),
    kinds: choices(OBSERVED, OBSERVED, 'what is observed'),
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    engine: choice(['tensorflow', 'wasm'], 'tensorflow', 'what computes'),
    pairs: count(8, 'pairs of each kind'),
    stretch_ms: count(100, 'least time that a stretch takes, a step at least'),
  },
} as const

type Step = () => Promise<unknown>

await bench(COMMAND, async ({ size, kinds, cell, engine: name, pairs, stretch_ms }) => {
  const { engine } = await selectEngine(name)
  const session = await engine.open(makeProgram(GRID[size], choiceOf({ cell })))
  const steps = stepsOf(session, GRID[size])
  for (const kind of kinds) await warmUp(steps[kind]) // each compiles what it needs
  const once = median(await warmUp(steps.nothing))
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

/** Takes steps, two at least. Their times, milliseconds. */
async function warmUp(step: Step): Promise<readonly number[]> {
  const end = performance.now() + WARM_UP.ms
  const times = [...(await timed(step, 2))]
  while (times.length < WARM_UP.steps && performance.now() < end) times.push(...(await timed(step, 1)))
  return times
}

/** Milliseconds of a step of a stretch: the median, without the first, which finds the caches as another kind has left them. */
async function stretch(step: Step, length: number): Promise<number> {
  const [, ...times] = await timed(step, 1 + length)
  return median(times)
}
