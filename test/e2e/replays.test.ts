// Random steps of runs that were killed and taken up again, computed again by the service: `npm run test:replay` does a hundred of ten runs.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { UnrollClient, type Job, type JobRequest } from '@unroll/client'
import { random } from '@unroll/random'
import { Hold } from './held.ts'
import { startService, type Service } from './service.ts'

/** Steps that are computed again, of all runs together. */
const REPLAYS = Number(process.env['UNROLL_REPLAYS_SERVED'] ?? 2)
const [STEPS, EVERY] = [40, 10]
/** The row at which the first attempts are killed, 3 steps after a checkpoint. */
const KILLED_AT = 23
/** For all runs, and for each replay, which goes after all else that the machine does. */
const WAIT_MS = 600_000

/** Of logarithms between -10 and 10. */
const SIX_DIGITS = 1e-5

const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(40)
const TRUNCATED = { mode: 'truncated', k1: 4, k2: 8 }

/** Of every kind of cell, on a text and on tasks, truncated and whole, with and without dropout. */
const RUNS: readonly { model: object; data?: object; bptt?: object; clipping?: object }[] = [
  { model: { cell: 'lstm', layers: 2, dropout: 0.3 } },
  { model: { cell: 'gru' }, data: { dataset: 'text' }, bptt: TRUNCATED },
  { model: { cell: 'rnn' }, clipping: { policy: 'none', nonfinite: 'skip' } },
  { model: { cell: 'gru_simple' }, data: { task: 'copy', length: 2 }, bptt: TRUNCATED },
  { model: { cell: 'lstm_peephole', recurrent_dropout: 0.2 } },
  { model: { cell: 'indrnn' }, data: { dataset: 'text' }, bptt: TRUNCATED },
  { model: { cell: 'min_gru' }, clipping: { policy: 'percentile' } },
  { model: { cell: 'min_lstm' }, bptt: TRUNCATED },
  { model: { cell: 'slstm' }, data: { task: 'parity' } },
  { model: { cell: 'lstm', zoneout: { hidden: 0.2, cell: 0.2 } }, data: { dataset: 'text' }, bptt: TRUNCATED },
]

describe('replays by the service', { concurrency: false }, () => {
  let hold: Hold
  let service: Service
  let client: UnrollClient
  before(async () => {
    hold = await Hold.at(1, {
      'run.row': { action: 'kill', every: KILLED_AT, times: Math.ceil(Math.min(REPLAYS, 10) / 2) },
      'replay.opened': { action: 'kill', every: 2, times: 1 }, // the second replay of a process, which is kept
    })
    service = await startService({ UNROLL_FAULTS: hold.faults })
    client = new UnrollClient({ baseUrl: service.url })
  })
  after(async () => {
    await hold.close()
    assert.equal(await service.stop(), 0, service.output())
  })

  const submit = async (run: (typeof RUNS)[number], dataset: string): Promise<Job> => {
    const { data = { task: 'adding' } } = run
    return await client.jobs.create({
      ...run,
      model: { hidden_size: 6, ...run.model },
      data: 'dataset' in data ? { dataset } : data,
      sequence_length: 12,
      training: { batch_size: 4, max_steps: STEPS, evaluation_batches: 1 },
      observe: { metrics_every: 1, flow_every: 1 },
      checkpoint: { every_steps: EVERY, keep_latest: 2 },
    } as JobRequest)
  }

  test('a step of a run that was killed has the bits that were recorded, at the cost of the way from the checkpoint', async (t) => {
    const { id: dataset } = await client.datasets.create(TEXT)
    const wanted = RUNS.slice(0, Math.min(REPLAYS, RUNS.length))
    const made = await Promise.all(wanted.map((run) => submit(run, dataset)))
    const jobs = await Promise.all(made.map(({ id }) => client.jobs.wait(id, { signal: AbortSignal.timeout(WAIT_MS) })))
    assert.deepEqual(
      jobs.map(({ status }) => status),
      jobs.map(() => 'succeeded'),
    )
    const resumed = jobs.filter(({ attempts }) => attempts.length > 1).length
    assert.ok(resumed > 0)
    const draws = random(17, 'replays')
    let [compared, computed, norms] = [0, 0, 0]
    const seconds = { first: [] as number[], next: [] as number[] }
    for (let n = 0; n < REPLAYS; n += 1) {
      const { id } = jobs[Math.floor((n * jobs.length) / REPLAYS)]! // one run after another, as a person looks at them
      const isFirst = n === 0 || id !== jobs[Math.floor(((n - 1) * jobs.length) / REPLAYS)]!.id
      const step = 1 + draws.integer(STEPS)
      const signal = AbortSignal.timeout(WAIT_MS)
      const began = performance.now()
      const asked = await client.jobs.replay(id, { step, observe: ['flow'] }, { signal })
      const { result, checkpoint, error } = await client.jobs.replayEnd(id, asked.id, { signal })
      seconds[isFirst ? 'first' : 'next'].push((performance.now() - began) / 1e3)
      assert.ok(result !== null, error?.message)
      assert.equal(result.computed_steps, step - (checkpoint?.step ?? 0))
      assert.deepEqual(result.verified, {
        rows: result.computed_steps,
        equal: result.computed_steps,
        first_difference: null,
      })
      const range = { from_step: step, to_step: step }
      const { series } = await client.jobs.metrics(id, range, { signal })
      for (const name of ['loss', 'grad_norm']) assert.deepEqual([result.series[name]], series[name], name)
      for (const [layer, { log10_norm }] of result.layers.entries()) {
        const flow = await client.jobs.flow(id, { ...range, layer }, { signal })
        const [recorded = []] = flow.log10_norm // with six digits, whose bits the service has compared
        const missing = recorded.length - log10_norm!.length // time steps that the run's longest window has, and this one has not
        assert.deepEqual(recorded.slice(0, missing), Array(missing).fill(null))
        for (const [at, norm] of recorded.slice(missing).entries())
          assert.ok(log10_norm![at] === norm || Math.abs(log10_norm![at]! - norm!) < SIX_DIGITS, `${norm}`) // -Infinity of a zero
        norms += log10_norm?.length ?? 0
      }
      compared += result.verified.rows
      computed += result.computed_steps
    }
    assert.ok(norms > 0)
    assert.equal(await hold.fired('replay.opened kill'), 1)
    const [first, next] = [takeMedian(seconds.first), takeMedian(seconds.next)]
    t.diagnostic(`median of a first replay of a run ${first} s, of a further one ${next} s`)
    t.diagnostic(
      `${REPLAYS} steps of ${jobs.length} runs, ${resumed} of them killed: ${compared} rows and ${norms} norms with the same bits, ${computed} steps computed`,
    )
  })
})

function takeMedian(values: readonly number[]): string {
  return values.toSorted((a, b) => a - b)[values.length >> 1]?.toFixed(2) ?? '–'
}
