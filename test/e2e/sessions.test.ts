// Sessions over HTTP: the loop is here, the gradients are the service's.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { UnrollProblem } from '@unroll/client'
import { UnrollClient, type BatchRequest, type SessionRequest } from '@unroll/client'
import type { Batch } from '@unroll/bptt'
import { parseJobSpec } from '@unroll/contract'
import { openFeed } from '@unroll/tasks'
import { eventually, startService, type Service } from './service.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Updates by HTTP; `npm run bench:sessions` does a thousand, and compares the bits too. */
const STEPS = Number(process.env['UNROLL_SESSION_STEPS'] ?? 30)
const T = 12
const N = 4
const SECTIONS = {
  model: { cell: 'lstm', hidden_size: 6, layers: 2, dropout: 0.2 },
  sequence_length: T,
  optimizer: { type: 'adam', learning_rate: 0.01, schedule: { type: 'cosine' } },
} as const
const TRAINING = { batch_size: N, max_steps: STEPS }
const DATA = { task: 'delayed_echo', lag: 3 } as const
const SPEC: SessionRequest = {
  ...SECTIONS,
  problem: { inputs: 'symbols', input_size: 2, readout: 'softmax', output_size: 2, mode: 'many_to_many' },
  training: TRAINING,
}

/** Rows of a batch of symbols and classes at every time step. */
function rowsOf({ steps, inputs, targets }: Batch): BatchRequest {
  const take = (all: ArrayLike<number>, n: number) => Array.from({ length: steps }, (_, t) => all[t * N + n]!)
  const rows = Array.from({ length: N }, (_, n) => n)
  return {
    inputs: rows.map((n) => take(inputs, n)),
    targets: rows.map((n) => take(targets, n).map((id) => (id < 0 ? null : id))),
  }
}

describe('sessions by the service', { concurrency: false }, () => {
  let service: Service
  let client: UnrollClient
  let batches: BatchRequest[]
  before(async () => {
    service = await startService({ UNROLL_SESSION_IDLE_S: '1' })
    client = new UnrollClient({ baseUrl: service.url })
    const parsed = parseJobSpec({ ...SECTIONS, data: DATA, training: TRAINING })
    assert.ok(parsed.ok)
    const feed = await openFeed(parsed.value)
    batches = Array.from({ length: STEPS }, (_, step) => rowsOf(feed.window(step + 1).batch))
  })
  after(async () => assert.equal(await service.stop(), 0, service.output()))

  test('the steps of a session leave the file of a job that has the same batches, bit for bit', async (t) => {
    const job = await client.jobs.create({ ...SECTIONS, data: DATA, training: { ...TRAINING, evaluate_every: 0 } })
    const { id } = await client.sessions.create(SPEC)
    const losses: number[] = []
    for (const [at, batch] of batches.entries()) {
      const found = await client.sessions.forwardBackward(id, batch)
      assert.equal(found.flow?.length, 2)
      assert.equal(found.flow?.[0]?.log10_norm.length, T)
      const updated = await client.sessions.optimStep(id)
      assert.deepEqual([updated.step, updated.updated, updated.loss], [at + 1, true, found.loss])
      losses.push(found.loss)
      if (at !== 9) continue
      // An idle session sleeps on disk, and goes on from there.
      await eventually(
        'the session sleeps',
        async () => (await client.sessions.get(id)).status === 'asleep' || undefined,
      )
      assert.equal((await client.sessions.get(id)).step, 10)
    }
    const saved = await client.sessions.save(id, { name: 'mine' })
    await client.jobs.wait(job.id, { signal: AbortSignal.timeout(300_000) })
    const [checkpoint] = (await client.jobs.checkpoints(job.id)).data
    assert.equal(saved.sha256, checkpoint?.sha256)
    assert.equal(saved.name, 'mine')
    assert.ok(losses.at(-1)! < losses[0]!)
    // A job goes on from it, with the state of the optimizer.
    const next = await client.jobs.create({
      ...SECTIONS,
      data: DATA,
      training: { ...TRAINING, max_steps: 1 },
      init_from: { weights: saved.id, optimizer: true },
    })
    const ended = await client.jobs.wait(next.id, { signal: AbortSignal.timeout(300_000) })
    assert.equal(ended.status, 'succeeded')
    await client.sessions.delete(id)
    await assert.rejects(client.sessions.optimStep(id), (error: UnrollProblem) => error.code === 'SESSION_NOT_FOUND')
    assert.equal((await client.weights.get(saved.id)).id, saved.id)
    t.diagnostic(`${STEPS} steps, file ${saved.sha256.slice(0, 12)}`)
  })

  test('several sessions share the worker, and a command at fault changes nothing', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await client.sessions.create(SPEC)).id))
    const run = async (id: string): Promise<string> => {
      await assert.rejects(client.sessions.optimStep(id), (error: UnrollProblem) => error.code === 'NO_GRADIENT')
      const wrong = { inputs: [[0, 1, 2]], targets: [[0, 1]] }
      const refused = client.sessions.forwardBackward(id, wrong)
      await assert.rejects(refused, (error: UnrollProblem) => error.code === 'INPUT_UNSUITABLE')
      for (const batch of batches.slice(0, 5)) {
        await client.sessions.forwardBackward(id, batch)
        await client.sessions.optimStep(id)
      }
      return (await client.sessions.save(id)).sha256
    }
    const [first, ...others] = await Promise.all(ids.map(run))
    assert.deepEqual(others, [first, first])
    const listed = (await client.sessions.list()).data.map(({ id }) => id)
    assert.deepEqual(new Set(listed), new Set(ids))
  })

  test('a session answers with its weights of now, and writes on from a prompt', async () => {
    const { id } = await client.sessions.create(SPEC)
    const ask = async () => await client.sessions.sample(id, { inputs: [[0, 1, 1, 0]], steps: true })
    const first = await ask()
    assert.deepEqual([first.step, first.predictions?.[0]?.steps?.length], [0, 4])
    assert.deepEqual(await ask(), first)
    await client.sessions.forwardBackward(id, batches[0]!)
    assert.deepEqual(await ask(), first, 'a gradient that waits changes nothing')
    await client.sessions.optimStep(id)
    const later = await ask()
    assert.equal(later.step, 1)
    assert.notDeepEqual(later.predictions, first.predictions)
    const written = await client.sessions.sample(id, { prompt: ['1', '0'], length: 5, temperature: 0 })
    assert.equal(written.symbols?.length, 5)
    for (const symbol of written.symbols ?? []) assert.match(symbol, /^[01]$/)
    const wrong = client.sessions.sample(id, { inputs: [[0, 2]] })
    await assert.rejects(wrong, (error: UnrollProblem) => error.code === 'INPUT_UNSUITABLE')
    await client.sessions.delete(id)
  })

  test('the programs of docs/sessions.md run', async () => {
    const source = await readFile(join(ROOT, 'docs/sessions.md'), 'utf8')
    const run = async (language: string, command: string, args: string[]): Promise<string> => {
      const [, program = ''] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(source) ?? []
      assert.ok(program.length > 0)
      const here = program.replaceAll('http://127.0.0.1:8080', service.url)
      const { stdout } = await promisify(execFile)(command, [...args, here], { cwd: ROOT })
      return stdout
    }
    const said = await run('python', 'python3', ['-c'])
    assert.match(said, /^wts_\w+ [0-9a-f]{64}$/m)
    const losses = Array.from(said.matchAll(/^\d+ ([\d.]+) log10/gm), ([, loss]) => Number(loss))
    assert.equal(losses.length, 5)
    assert.ok(losses.at(-1)! < losses[0]! / 2, losses.join())
    assert.match(await run('js', process.execPath, ['--input-type=module', '-e']), /^\d\.\d+ \[[^]*\] 1$/m)
  })
})
