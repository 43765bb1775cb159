import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseJobSpec } from '@unroll/spec'
import { pino } from 'pino'
import type { FromChild } from './protocol.ts'
import type { TrainingChild } from './supervise.ts'
import { WarmChildren, type WarmChildrenOptions } from './warm_children.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'unroll-warm-'))
after(() => rmSync(FOLDER, { recursive: true }))

const RUN = parseJobSpec({
  model: { cell: 'rnn', hidden_size: 4 },
  data: { task: 'adding' },
  sequence_length: 6,
  training: { batch_size: 2, max_steps: 3 },
})

function childrenOf(
  t: TestContext,
  { engine = 'wasm', niceness = 0, silenceMs = 30_000, count = 1 }: Partial<WarmChildrenOptions> = {},
) {
  const children = new WarmChildren({ engine, niceness, silenceMs, count, log: pino({ level: 'silent' }) })
  t.after(() => children.close())
  return children
}

/** Has a child train a run: what it said. */
async function trained(children: WarmChildren): Promise<{ child: TrainingChild; words: FromChild['type'][] }> {
  const words: FromChild['type'][] = []
  const child = children.take(({ type }) => words.push(type))
  assert.ok(RUN.ok)
  child.send({
    type: 'train',
    job: 'job_1',
    epoch: 1,
    checkpoint: null,
    spec: RUN.value,
    engine: 'wasm',
    artifacts: `file:${FOLDER}`,
  })
  await child.exited
  return { child, words }
}

/** The pids of the children that wait, once there is one that is not among those given. */
async function otherThan(children: WarmChildren, pids: readonly (number | undefined)[]): Promise<number> {
  for (;;) {
    const other = children.pids.find((pid) => !pids.includes(pid))
    if (other !== undefined) return other
    await sleep(20)
  }
}

test('WarmChildren.start() says what computes and what a waiting child holds', async (t) => {
  const { engine, device, versions, idleBytes } = await childrenOf(t).start()
  assert.deepEqual([engine, device], ['tfjs', 'wasm'])
  assert.ok(Object.keys(versions).length > 0)
  assert.ok(idleBytes > 2 ** 20 && idleBytes < 2 ** 31, `${idleBytes} bytes`)
})

test('WarmChildren.start() says why an engine does not start', async (t) => {
  const children = childrenOf(t, { engine: 'webgpu' })
  await assert.rejects(children.start(), /Cannot load engine "webgpu".*current value is "webgpu"/)
})

test('WarmChildren gives a run the child that was there before, and warms another after it', async (t) => {
  const children = childrenOf(t)
  await children.start()
  const [before] = children.pids
  const { child, words } = await trained(children)
  assert.equal(child.pid, before)
  assert.deepEqual([words[0], words.at(-1)], ['ready', 'ended'])
  children.refill()
  const next = await trained(children)
  assert.notEqual(next.child.pid, before)
  assert.equal(next.words.at(-1), 'ended')
})

test('WarmChildren replaces a child that is killed while it waits', async (t) => {
  const children = childrenOf(t)
  await children.start()
  const [killed] = children.pids
  process.kill(killed ?? 0, 'SIGKILL')
  assert.notEqual(await otherThan(children, [killed]), killed)
  assert.equal((await trained(children)).words.at(-1), 'ended')
})

test(
  'WarmChildren replaces a child that is stopped while it waits, and leaves those alone that only wait',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const children = childrenOf(t, { silenceMs: 4_000, count: 2 })
    await children.start()
    const [waiting] = children.pids
    const stopped = await otherThan(children, [waiting])
    process.kill(stopped, 'SIGSTOP')
    assert.notEqual(await otherThan(children, [waiting, stopped]), stopped)
    assert.ok(children.pids.includes(waiting))
    assert.ok(!children.pids.includes(stopped))
  },
)

test(
  'WarmChildren lowers the priority of every thread of a child',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const children = childrenOf(t, { niceness: 7 })
    await children.start()
    const [pid = 0] = children.pids
    const threads = readdirSync(`/proc/${pid}/task`)
    const NICENESS_FIELD = 16 // behind the name, which may hold blanks: proc(5)
    const niceness = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[NICENESS_FIELD]),
    )
    t.diagnostic(`${threads.length} threads`)
    assert.ok(threads.length > 1)
    assert.deepEqual(new Set(niceness), new Set([7]))
  },
)
