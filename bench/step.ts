// How long does one training step take? Prints one JSON line, with the fields of the peers this is set beside.
// npm run bench:step -- --cell lstm --T 100 --B 32 --E 64 --H 128 --V 96 --L 1 --variant plain --steps 20 --threads 2

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { StepReport } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { batchOf, flopOf, programOf, weightsOf, type Case } from './char_model.ts'

const WARM_UP = 3

const { values: given } = parseArgs({
  options: {
    cell: { type: 'string', default: 'lstm' },
    T: { type: 'string', default: '100' },
    B: { type: 'string', default: '32' },
    E: { type: 'string', default: '64' },
    H: { type: 'string', default: '128' },
    V: { type: 'string', default: '96' },
    L: { type: 'string', default: '1' },
    variant: { type: 'string', default: 'plain' },
    steps: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'auto' },
    dump: { type: 'string' },
  },
})

const sizes: Case = {
  cell: given.cell as Case['cell'],
  T: Number(given.T),
  B: Number(given.B),
  E: Number(given.E),
  H: Number(given.H),
  V: Number(given.V),
  L: Number(given.L),
}
process.env['TF_NUM_INTEROP_THREADS'] = given.threads

const { engine } = await selectEngine(given.engine)
const program = programOf(sizes)
const unstarted = await engine.open(program)
const { tensors, updates } = await unstarted.state()
unstarted.dispose()

const since = performance.now()
const session = await engine.open(program, { tensors: { ...tensors, ...weightsOf(sizes) }, updates })
const batch = batchOf(sizes)
const window = { from: 'initial', lossSteps: sizes.T, advance: sizes.T } as const
const options = { learningRate: 1e-3, metrics: false, flow: given.variant === 'flow' }
const step = (): Promise<StepReport> => session.step(batch, window, options)

const first = await step()
const startMs = performance.now() - since
if (given.dump !== undefined) writeFileSync(given.dump, JSON.stringify(dumpOf(first)))
for (let warmUp = 1; warmUp < WARM_UP; warmUp++) await step()

const times: number[] = []
let last = first
for (let count = 0; count < Number(given.steps); count++) {
  const start = performance.now()
  last = await step()
  times.push(performance.now() - start)
}
session.dispose()

const sorted = times.toSorted((a, b) => a - b)
const median = sorted[Math.floor(sorted.length / 2)] ?? NaN
const line = {
  peer: 'unroll',
  version: Object.values(engine.versions).join(),
  impl: `${engine.name} ${engine.backend}`,
  ...sizes,
  variant: given.variant,
  threads: Number(given.threads),
  steps: times.length,
  median_ms: rounded(median, 3),
  min_ms: rounded(sorted[0] ?? NaN, 3),
  p90_ms: rounded(sorted[Math.floor(0.9 * (sorted.length - 1))] ?? NaN, 3),
  loss_first: rounded(first.loss, 6),
  loss_last: rounded(last.loss, 6),
  tokens_per_s: Math.round(((sizes.B * sizes.T) / median) * 1e3),
  gflops: rounded(flopOf(sizes) / median / 1e6, 2),
  start_ms: Math.round(startMs),
}
process.stdout.write(`${JSON.stringify(line)}\n`)

/** The first step's numbers in the peers' form: norms, not their logarithms. */
function dumpOf({ loss, gradNorm, flow }: StepReport): object {
  return { loss, grad_norm: gradNorm, flow: flow?.h.map((norms) => Array.from(norms, (log10) => 10 ** log10)) }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
