import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseJobSpec } from '@unroll/contract'
import { pino } from 'pino'
import type { FromChild } from '../protocol.ts'
import type { TrainingChild } from '../supervise.ts'
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
  {
    engine = 'wasm',
    niceness = 0,
    silenceMs = 30_000,
    variables = () => [{}],
    environment = {},
  }: Partial<WarmChildrenOptions> = {},
) {
  const children = new WarmChildren({
    engine,
    niceness,
    silenceMs,
    environment,
    variables,
    log: pino({ level: 'silent' }),
  })
  t.after(() => children.close())
  return children
}

/** Has a child train a run: what it said. */
async function trained(children: WarmChildren): Promise<{ child: TrainingChild; words: FromChild['type'][] }> {
  const words: FromChild['type'][] = []
  const child = children.take({}, ({ type }) => words.push(type))
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
  const { engine, device, versions, reason, isFallback, vectorLanes, idleBytes } = await childrenOf(t).start()
  assert.deepEqual([engine, device, isFallback, vectorLanes], ['tfjs', 'wasm', false, null])
  assert.equal(reason, 'Engine "wasm" was asked for')
  assert.ok(Object.keys(versions).length > 0)
  assert.ok(idleBytes > 2 ** 20 && idleBytes < 2 ** 31, `${idleBytes} bytes`)
})

test('WarmChildren.start() refuses where the engine that was asked for does not start, and says why in one sentence', async (t) => {
  const children = childrenOf(t, { engine: 'tensorflow', environment: { XDG_CACHE_HOME: '/nowhere' } })
  await assert.rejects(children.start(), {
    message:
      /^Cannot start engine "tensorflow" on this machine: Cannot load libtensorflow as it is not in "\/nowhere\/[^"]+": npm start provides it$/,
  })
})

test(
  'WarmChildren binds each child to the GPU of its slot, the one that waits as the one that is made for a job, and ends it when that is lost',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const boundTo = (device: string) => ({ CUDA_VISIBLE_DEVICES: device })
    let devices = ['GPU-1', 'GPU-2']
    const children = childrenOf(t, {
      variables: () => devices.map(boundTo),
      environment: { CUDA_VISIBLE_DEVICES: '0,1', TZ: 'UTC' },
    })
    await children.start()
    const [first] = children.pids
    const second = await otherThan(children, [first])
    assert.deepEqual(children.pids.map(deviceOf), ['GPU-1', 'GPU-2'])
    const taken = ['GPU-2', 'GPU-2', 'GPU-1', 'GPU-1,GPU-2'].map((device) => children.take(boundTo(device), () => {}))
    t.after(() => taken.forEach((child) => child.kill()))
    assert.deepEqual([taken[0]?.pid, taken[2]?.pid], [second, first])
    assert.deepEqual(
      taken.map(({ pid }) => deviceOf(pid)),
      ['GPU-2', 'GPU-2', 'GPU-1', 'GPU-1,GPU-2'],
    )

    children.refill()
    const again = await otherThan(children, [])
    assert.equal(deviceOf(again), 'GPU-1')
    devices = ['GPU-2']
    children.refill()
    while (children.pids.includes(again)) await sleep(20)
    assert.equal(deviceOf(await otherThan(children, [again])), 'GPU-2')
  },
)

/** The GPU that a process is bound to. */
function deviceOf(pid: number | undefined): string | undefined {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  return entries.find((entry) => entry.startsWith('CUDA_VISIBLE_DEVICES='))?.split('=')[1]
}

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
    const children = childrenOf(t, { silenceMs: 4_000, variables: () => [{}, {}] })
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
