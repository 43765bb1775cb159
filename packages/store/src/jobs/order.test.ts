// The order that is shown is the order that is taken: random sequences of what clients and workers do to a line of jobs.

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Consumer } from '../queue/consumer.ts'
import { openStore, type Store } from '../store.ts'
import { atEnd, createJob, eventually, testStore, type TestStore } from '../testing/fixtures.ts'

const SEQUENCES = 200
const LONG = 60_000
/** Locks last long, so that no living worker of a loaded machine loses a job; `kill` ends the lock of a dead one itself. */
const TIMING = { lockMs: LONG, stalledCheckMs: 10, deadlineCheckMs: LONG }

type Outcome = 'finish' | 'hand_back'

/** A worker of one slot that takes a job when it is told to, and does with it what it is told. */
class Hand {
  readonly #store: Store
  readonly #consumer: Consumer
  #settle: ((outcome: Outcome) => void) | undefined
  job: string | undefined

  private constructor(store: Store) {
    this.#store = store
    this.#consumer = store.queue.consume((id) => this.#work(id), { slots: 1 })
    this.#consumer.drain('finish')
  }

  static async open({ url, prefix }: TestStore): Promise<Hand> {
    return new Hand(await openStore({ url, prefix, timing: TIMING, waitForDisk: false }))
  }

  async #work(id: string): Promise<'done' | 'return'> {
    const claim = await this.#store.jobs.claim(id, 'wrk_hand')
    if (!('epoch' in claim)) return 'done'
    await this.#store.jobs.move(id, claim.epoch, 'running')
    this.job = id
    const outcome = await new Promise<Outcome>((resolve) => (this.#settle = resolve))
    const { status } = await this.#store.jobs.get(id)
    const to = status === 'pausing' ? 'paused' : outcome === 'finish' ? 'succeeded' : 'interrupted'
    await this.#store.jobs.move(id, claim.epoch, to, to === 'interrupted' ? { reason: 'worker_draining' } : {})
    return to === 'interrupted' ? 'return' : 'done'
  }

  /** Takes the next job. */
  async take(): Promise<string> {
    this.#consumer.undrain()
    const id = await eventually(() => this.job)
    this.#consumer.drain('finish')
    return id
  }

  /** Ends the attempt in hand; resolves once the queue knows. */
  async end(outcome: Outcome): Promise<void> {
    this.#settle?.(outcome)
    this.job = undefined
    await eventually(async () =>
      Object.values(await this.#store.queue.deliveries()).every(({ active }) => active === 0),
    )
  }

  async close(): Promise<void> {
    this.#settle?.('finish')
    await this.#consumer.close({ timeoutMs: 1_000 })
    await this.#store.close()
  }
}

/** A line of jobs, a worker, and what may happen to both. Counts what it did. */
class Line {
  readonly #own: TestStore
  readonly counts = { create: 0, pause: 0, resume: 0, priority: 0, take: 0, finish: 0, drain: 0, kill: 0, compared: 0 }
  #hand: Hand

  private constructor(own: TestStore, hand: Hand) {
    this.#own = own
    this.#hand = hand
  }

  static async open(t: TestContext): Promise<Line> {
    const own = await testStore(t, { timing: TIMING })
    const line = new Line(own, await Hand.open(own))
    atEnd(t, () => line.#hand.close())
    const watch = own.store.queue.watch()
    atEnd(t, () => watch.close())
    return line
  }

  /** Jobs in line in the order of the positions that clients read. */
  async shown(): Promise<string[]> {
    const { data } = await this.#own.store.jobs.list({ status: 'queued', limit: 100 })
    const jobs = data.toSorted((a, b) => (a.queue.position ?? NaN) - (b.queue.position ?? NaN))
    assert.deepEqual(
      jobs.map(({ queue }) => queue.position),
      jobs.map((_, at) => at),
    )
    return jobs.map(({ id }) => id)
  }

  async #anyOf(status: 'queued' | 'paused', at: number): Promise<string | undefined> {
    const { data } = await this.#own.store.jobs.list({ status, limit: 100 })
    return data[at % Math.max(1, data.length)]?.id
  }

  async create(priority: number, wanted: 'any' | 'cpu'): Promise<void> {
    await createJob(this.#own.store, { priority, resources: { accelerator: wanted } })
    this.counts.create++
  }

  async pause(at: number, isOfRunning: boolean): Promise<void> {
    const id = isOfRunning ? this.#hand.job : await this.#anyOf('queued', at)
    if (id === undefined) return
    this.counts.pause++
    await this.#own.store.jobs.pause(id)
    if (isOfRunning) await this.#hand.end('finish')
  }

  async resume(at: number): Promise<void> {
    const id = await this.#anyOf('paused', at)
    if (id === undefined) return
    this.counts.resume++
    await this.#own.store.jobs.resume(id)
  }

  async prioritise(at: number, priority: number): Promise<void> {
    const id = this.#hand.job !== undefined && at === 0 ? this.#hand.job : await this.#anyOf('queued', at)
    if (id === undefined) return
    this.counts.priority++
    await this.#own.store.jobs.update(id, { priority })
  }

  /** Has the worker take a job, unless it has one, and holds that against what was shown. */
  async take(): Promise<void> {
    if (this.#hand.job !== undefined) return
    const shown = await this.shown()
    if (shown.length === 0) return
    this.counts.take++
    this.counts.compared++
    assert.equal(await this.#hand.take(), shown[0])
  }

  async end(outcome: Outcome): Promise<void> {
    if (this.#hand.job === undefined) return
    this.counts[outcome === 'finish' ? 'finish' : 'drain']++
    await this.#hand.end(outcome)
  }

  /** The worker is gone, and its lock has run out. Another takes its place. */
  async kill(): Promise<void> {
    const { redis, prefix, store } = this.#own
    const id = this.#hand.job
    if (id === undefined) return
    this.counts.kill++
    const dead = this.#hand
    this.#hand = await Hand.open(this.#own)
    const { accelerator } = (await store.jobs.get(id)).spec.resources
    await redis.set(`{${prefix}}:watched:${accelerator}`, 0) // as if somebody had watched all the time
    await redis.del(`{${prefix}}:jobs-${accelerator}:${id}:lock`)
    await eventually(async () => (await store.jobs.get(id)).status === 'queued')
    await dead.close()
  }

  /** Takes all that is left: as it was shown before the first was taken. */
  async empty(): Promise<void> {
    await this.end('finish')
    const shown = await this.shown()
    const taken: string[] = []
    while (taken.length < shown.length) {
      taken.push(await this.#hand.take())
      await this.#hand.end('finish')
    }
    assert.deepEqual(taken, shown)
    this.counts.compared += taken.length
    const paused = await this.#own.store.jobs.list({ status: 'paused', limit: 100 })
    await Promise.all(paused.data.map(({ id }) => this.#own.store.jobs.cancel(id)))
  }
}

const place = fc.nat(7)
const priority = fc.constantFrom(1, 100, 1000)
type Step = (line: Line) => Promise<void>
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(priority, fc.constantFrom('any', 'cpu')).map(
      ([p, of]): Step =>
        (line) =>
          line.create(p, of),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, fc.boolean()).map(
      ([at, of]): Step =>
        (line) =>
          line.pause(at, of),
    ),
  },
  {
    weight: 2,
    arbitrary: place.map(
      (at): Step =>
        (line) =>
          line.resume(at),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, priority).map(
      ([at, to]): Step =>
        (line) =>
          line.prioritise(at, to),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>((line) => line.take()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Outcome>('finish', 'hand_back').map(
      (how): Step =>
        (line) =>
          line.end(how),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((line) => line.kill()) },
)

test('jobs are taken in the order that is shown, whatever was paused, resumed, moved, handed back or lost before', async (t) => {
  const line = await Line.open(t)
  const seed = Date.now() % 2 ** 31
  const sequences = fc.array(step, { minLength: 6, maxLength: 16 })
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      for (const at of [100, 100, 1]) await line.create(at, 'any')
      for (const each of steps) await each(line)
      await line.empty()
    }),
    { numRuns: SEQUENCES, seed, endOnFailure: true },
  )
  t.diagnostic(
    `${SEQUENCES} sequences: ${Object.entries(line.counts)
      .map(([what, times]) => `${what} ${times}`)
      .join(', ')}`,
  )
  for (const [what, times] of Object.entries(line.counts)) assert.ok(times > 0, `No ${what} in ${SEQUENCES} sequences`)
})

test('A, B and C keep their places when A is paused and resumed while the slot is busy', async (t) => {
  const line = await Line.open(t)
  await line.create(100, 'any')
  await line.take()
  for (let made = 0; made < 3; made++) await line.create(100, 'any')
  const before = await line.shown()
  await line.pause(2, false) // newest first: A is the last
  await line.resume(0)
  assert.deepEqual(await line.shown(), before)
  await line.empty()
})
