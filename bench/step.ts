import { writeFileSync } from 'node:fs'
import type { StepReport } from '@unroll/bptt'
import { selectEngine, tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { batchOf, choiceOf, flopOf, fullWindow, makeProgram, weightsOf } from './char_model.ts'
import { bench, choice, count, text, type Given } from './command.ts'
import { median, quantile, rounded, timed } from './timing.ts'

const WARM_UP = 3

const COMMAND = {
  name: 'step',
  question:
    'How long does one training step take? Prints one JSON line, with the fields of the peers this is set beside.',
  options: {
    cell: choice(['rnn', 'gru', 'lstm'], 'lstm', 'cell of every layer'),
    T: count(100, 'time steps'),
    B: count(32, 'batch'),
    E: count(64, 'embedding'),
    H: count(128, 'hidden units'),
    V: count(96, 'symbols'),
    L: count(1, 'layers'),
    variant: choice(['plain', 'flow'], 'plain', 'flow: also the norm of the gradient at every time step'),
    steps: count(20, `steps to time, after ${WARM_UP} to warm up`),
    threads: count(2, 'operations side by side'),
    segment: text('STEPS', 'between the states that are kept; everything is kept unless given', ''),
    engine: choice(['tensorflow', 'wasm', 'cpu', 'oracle'], 'tensorflow', 'what computes'),
    graph: choice(
      ['here', 'gpu'],
      'here',
      "of tensorflow: the one for this machine, or a GPU's, which a CPU computes as well",
    ),
    dump: text('FILE', "for the first step's loss, gradient norm and flow, as JSON", ''),
  },
} as const

await bench(COMMAND, async (given) => {
  process.env['TF_NUM_INTEROP_THREADS'] = String(given.threads)
  const engine =
    given.engine === 'tensorflow' && given.graph === 'gpu'
      ? tensorflowEngine(loadLibrary(), { shards: 1, target: 'gpu' })
      : (await selectEngine(given.engine)).engine
  const program = {
    ...makeProgram(given, choiceOf(given)),
    ...(given.segment !== '' && { segmentSteps: Number(given.segment) }),
  }
  const idleMib = residentMib()
  const unstarted = await engine.open(program)
  const { tensors, updates } = await unstarted.state()
  unstarted.dispose()

  const since = performance.now()
  const session = await engine.open(program, { tensors: { ...tensors, ...weightsOf(given) }, updates })
  const batch = batchOf(given)
  const options = { learningRate: 1e-3, metrics: false, flow: given.variant === 'flow' }
  const step = async (): Promise<StepReport> => (last = await session.step(batch, fullWindow(given), options))
  let last: StepReport
  const first = await step()
  const startMs = performance.now() - since
  if (given.dump !== '') writeFileSync(given.dump, JSON.stringify(dumpOf(first)))
  await timed(step, WARM_UP - 1)
  const times = await timed(step, given.steps)
  session.dispose()
  const ran = { version: Object.values(engine.versions).join(), impl: `${engine.name} ${engine.backend}` }
  process.stdout.write(`${JSON.stringify(lineOf(given, { ...ran, first, last: last!, startMs, times, idleMib }))}\n`)
})

interface Timed {
  readonly version: string
  readonly impl: string
  readonly first: StepReport
  readonly last: StepReport
  readonly startMs: number
  readonly times: readonly number[]
  /** The most memory that was resident with the engine loaded and nothing opened. */
  readonly idleMib: number
}

function lineOf(
  given: Given<typeof COMMAND.options>,
  { version, impl, first, last, startMs, times, idleMib }: Timed,
): object {
  const { cell, T, B, E, H, V, L, variant, threads } = given
  const ms = median(times)
  return {
    peer: 'unroll',
    version,
    impl,
    cell,
    T,
    B,
    E,
    H,
    V,
    L,
    variant,
    threads,
    steps: times.length,
    median_ms: rounded(ms, 3),
    min_ms: rounded(Math.min(...times), 3),
    p90_ms: rounded(quantile(times, 0.9), 3),
    loss_first: rounded(first.loss, 6),
    loss_last: rounded(last.loss, 6),
    tokens_per_s: Math.round(((B * T) / ms) * 1e3),
    gflops: rounded(flopOf(given) / ms / 1e6, 2),
    start_ms: Math.round(startMs),
    peak_mib: residentMib(),
    beyond_idle_mib: residentMib() - idleMib,
  }
}

/** The most memory that was resident so far. */
function residentMib(): number {
  return Math.round(process.resourceUsage().maxRSS / 2 ** 10)
}

/** The first step's numbers in the peers' form: norms, not their logarithms. */
function dumpOf({ loss, gradNorm, flow }: StepReport): object {
  return { loss, grad_norm: gradNorm, flow: flow?.h.map((norms) => Array.from(norms, (log10) => 10 ** log10)) }
}
