import { createHash } from 'node:crypto'
import { UnrollClient, type BatchRequest } from '@unroll/client'
import { parseJobSpec, parseSessionSpec, type SessionBatch } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { encodeSafetensors } from '@unroll/formats'
import { openFeed } from '@unroll/tasks'
import { BatchSession, describeProgram } from '@unroll/trainer'
import { bench, count, text } from './command.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { sessionsTable, type CallTimes, type SessionsResult } from './tables/sessions.ts'
import { median, quantile, rounded } from './timing.ts'

const COMMAND = {
  name: 'sessions',
  question:
    'How much longer does a call of a session take over HTTP than in the process that computes, and are the weights the same after all steps?',
  options: {
    steps: count(1_000, 'updates'),
    note: text('TEXT', 'how it was run, kept with the result', ''),
    out: outOption('sessions'),
  },
} as const

const [T, N] = [50, 16]
/** Calls before the first one that counts: graphs are compiled, and the service has warmed up. */
const WARM_UP = 20
const SECTIONS = { model: { cell: 'lstm', hidden_size: 32 }, sequence_length: T } as const
const PROBLEM = { inputs: 'symbols', input_size: 8, readout: 'softmax', output_size: 8, mode: 'many_to_many' } as const
const DATA = { task: 'delayed_echo', lag: 5, symbols: 8 } as const

type Times = Record<keyof SessionsResult['calls'], number[]>

await bench(COMMAND, async ({ steps, note, out }) => {
  const training = { batch_size: N, max_steps: steps }
  const parsed = parseSessionSpec({ ...SECTIONS, problem: PROBLEM, training })
  const job = parseJobSpec({ ...SECTIONS, data: DATA, training })
  if (!parsed.ok || !job.ok) throw new TypeError('Cannot run as the specification is not valid')
  const feed = await openFeed(job.value)
  const { engine } = await selectEngine('auto')

  const session = await engine.open(describeProgram(job.value, feed, engine))
  const whole: number[] = []
  const here: Times = { forward_backward: [], optim_step: [] }
  const local = await BatchSession.open(engine, parsed.value)
  for (let step = 1; step <= steps; step++) {
    const { batch, window } = feed.window(step)
    const options = { learningRate: 0.001, metrics: true, flow: true }
    whole.push(await timeOf(() => session.step(batch, window, options)))
    const { steps: length, inputs, targets } = batch
    const sent: SessionBatch = { rows: N, steps: length, inputs, targets, lengths: new Int32Array(N).fill(length) }
    here.forward_backward.push(await timeOf(() => local.forwardBackward({ batch: sent, state: 'initial', flow: true })))
    here.optim_step.push(await timeOf(() => local.optimStep({})))
  }
  const { training: state } = await local.state()
  const expected = encodeSafetensors(state.tensors, { 'unroll.updates': String(state.updates) })
  const name = `${engine.name} ${engine.backend}`
  engine.dispose()

  const service = await startService({ worker: {} })
  try {
    const client = new UnrollClient({ baseUrl: service.base })
    const { id } = await client.sessions.create({ ...SECTIONS, problem: PROBLEM, training })
    const there: Times = { forward_backward: [], optim_step: [] }
    for (let step = 1; step <= steps; step++) {
      const batch = rowsOf(feed.window(step).batch)
      there.forward_backward.push(await timeOf(() => client.sessions.forwardBackward(id, batch)))
      there.optim_step.push(await timeOf(() => client.sessions.optimStep(id)))
    }
    const { sha256 } = await client.sessions.save(id)
    if (sha256 !== createHash('sha256').update(expected).digest('hex'))
      throw new Error(`The weights after ${steps} steps by HTTP are not those that were computed here`)
    const calls = {
      forward_backward: compare(here.forward_backward, there.forward_backward),
      optim_step: compare(here.optim_step, there.optim_step),
    }
    const step_ms = rounded(median(whole.slice(WARM_UP)), 3)
    report<Omit<SessionsResult, 'date' | 'machine' | 'versions'>>(
      out,
      { versions: {}, note, engine: name, steps, step_ms, calls },
      sessionsTable,
    )
  } finally {
    await service.stop()
  }
})

function compare(here: readonly number[], there: readonly number[]): CallTimes {
  const warm = there.slice(WARM_UP)
  return {
    here: rounded(median(here.slice(WARM_UP)), 3),
    median: rounded(median(warm), 3),
    p95: rounded(quantile(warm, 0.95), 3),
  }
}

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await call()
  return performance.now() - since
}

/** A batch of symbols and classes as a client sends it. */
function rowsOf({ inputs, targets }: { inputs: ArrayLike<number>; targets: ArrayLike<number> }): BatchRequest {
  const take = (all: ArrayLike<number>, n: number) => Array.from({ length: T }, (_, t) => all[t * N + n]!)
  const rows = Array.from({ length: N }, (_, n) => n)
  return {
    inputs: rows.map((n) => take(inputs, n)),
    targets: rows.map((n) => take(targets, n).map((target) => (target < 0 ? null : target))),
  }
}
