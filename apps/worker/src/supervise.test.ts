import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseJobSpec, type JobSpec } from '@unroll/contract'
import { withoutNewPrivileges } from './children/privileges.ts'
import type { FromChild } from './protocol.ts'
import { TrainingChild } from './supervise.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'unroll-child-'))
after(() => rmSync(FOLDER, { recursive: true }))

function specOf(maxSteps: number, more: object = {}): JobSpec {
  const parsed = parseJobSpec({
    model: { cell: 'rnn', hidden_size: 4 },
    data: { task: 'adding' },
    sequence_length: 6,
    training: { batch_size: 2, max_steps: maxSteps },
    ...more,
  })
  assert.ok(parsed.ok)
  return parsed.value
}

const OPTIONS = { niceness: 0, silenceMs: 30_000, environment: {} }
const STOP = { save: 'no', graceMs: 500 } as const
const PLACE = { job: 'job_1', epoch: 1, checkpoint: null }
const train = (spec: JobSpec) =>
  ({ type: 'train', ...PLACE, spec, engine: 'wasm', artifacts: `file:${FOLDER}` }) as const

test('TrainingChild trains one run, says so in order, and exits', async () => {
  const words: FromChild['type'][] = []
  const steps: number[] = []
  const child = new TrainingChild(OPTIONS, (message) => {
    words.push(message.type)
    if (message.type === 'rows') steps.push(...message.rows.map(({ step }) => step))
  })
  child.send(train(specOf(5)))
  assert.deepEqual(await child.exited, { code: 0, signal: null, frozen: false, outgrown: false })
  assert.equal(words[0], 'ready')
  assert.equal(words.at(-1), 'ended')
  assert.deepEqual(steps, [1, 2, 3, 4, 5])
})

test('TrainingChild stops between two steps when asked', async () => {
  let last: FromChild | undefined
  const child = new TrainingChild(OPTIONS, (message) => {
    if (message.type === 'rows') child.stop({ ...STOP, graceMs: 60_000 })
    last = message
  })
  child.send(train(specOf(1_000_000)))
  assert.deepEqual(await child.exited, { code: 0, signal: null, frozen: false, outgrown: false })
  assert.ok(last?.type === 'ended' && last.outcome.type === 'stopped')
})

test('TrainingChild that must be saved to stop trains on where it cannot be, and stops once it can', async () => {
  const log = join(FOLDER, 'faults')
  const faults = JSON.stringify({ log, points: { 'artifact.write': { action: 'enospc', every: 1, times: 1 } } })
  const told: string[] = []
  let last: FromChild | undefined
  const child = new TrainingChild(OPTIONS, (message) => {
    const isNews = message.type !== 'rows' || last?.type === 'ready' || last?.type === 'kept_on'
    if (isNews) told.push(message.type === 'event' ? message.code : message.type)
    if (isNews && message.type === 'rows') child.stop({ save: 'must', graceMs: Infinity })
    last = message
  })
  child.send({ ...train(specOf(1_000_000)), faults })
  assert.deepEqual(await child.exited, { code: 0, signal: null, frozen: false, outgrown: false })
  const tried = ['ready', 'rows', 'checkpoint_failed', 'kept_on']
  assert.deepEqual(told, [...tried, 'rows', 'checkpoint', 'ended'])
  assert.ok(last?.type === 'ended' && last.outcome.type === 'stopped')
})

test('TrainingChild that is deaf is killed within the grace', async () => {
  const child = new TrainingChild(OPTIONS, (message) => {
    if (message.type !== 'ready') return
    process.kill(child.pid ?? 0, 'SIGSTOP') // stuck, as in a long native call
    child.stop(STOP)
  })
  child.send(train(specOf(1_000_000)))
  assert.equal((await child.exited).signal, 'SIGKILL')
})

test(
  'TrainingChild that is stopped is killed, and known as frozen',
  { skip: process.platform !== 'linux' },
  async () => {
    const child = new TrainingChild({ ...OPTIONS, silenceMs: 2_000 }, (message) => {
      if (message.type === 'ready') process.kill(child.pid ?? 0, 'SIGSTOP')
    })
    child.send(train(specOf(1_000_000)))
    assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', frozen: true, outgrown: false })
  },
)

test('TrainingChild reports a data set that is not there', async () => {
  let last: FromChild | undefined
  const child = new TrainingChild(OPTIONS, (message) => {
    last = message
  })
  child.send(train(specOf(5, { data: { dataset: 'ds_0123456789abcdefghij' } })))
  await child.exited
  assert.ok(last?.type === 'failed', JSON.stringify(last))
  assert.equal(last.reason, 'invalid_dataset')
  assert.equal(last.pointer, '/data/dataset')
})

test(
  'TrainingChild that takes more memory than it may is killed, and known as outgrown',
  { skip: process.platform !== 'linux' },
  async () => {
    const child = new TrainingChild(OPTIONS, () => {})
    child.limitMemory(2 ** 20) // less than its engine takes
    child.send(train(specOf(1_000_000)))
    assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', frozen: false, outgrown: true })
  },
)

test(
  'TrainingChild can gain no privileges where setpriv is installed',
  { skip: withoutNewPrivileges(process.env['PATH']).execPath === undefined && 'setpriv is not installed here' },
  async () => {
    const child = new TrainingChild({ ...OPTIONS, environment: { PATH: process.env['PATH'] } }, () => {})
    const isReady = new Promise<void>((resolve) => (child.onMessage = () => resolve()))
    child.send(train(specOf(1_000_000)))
    await isReady
    assert.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^NoNewPrivs:\s+1$/m)
    child.kill()
    await child.exited
  },
)
