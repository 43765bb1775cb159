import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MetricsHead } from '@unroll/store'
import { Heads } from './heads.ts'

const STATE: MetricsHead = { epoch: 1, seq: 9, done: false, events: 0 }

/** A store whose reads end when the test says so. */
class Reads {
  readonly begun: ((head: MetricsHead) => void)[] = []

  head(): Promise<MetricsHead> {
    return new Promise((resolve) => this.begun.push(resolve))
  }

  end(nth: number, seq: number): void {
    this.begun[nth]?.({ ...STATE, seq })
  }

  async untilBegun(count: number): Promise<void> {
    while (this.begun.length < count) await nextTurn()
  }
}

test('Heads.read() reads a run once for all who ask before the event loop turns', async () => {
  const reads = new Reads()
  const heads = new Heads(reads)
  const asked = Array.from({ length: 10 }, () => heads.read('job_1'))
  assert.equal(reads.begun.length, 0)
  await reads.untilBegun(1)
  reads.end(0, 7)
  for (const { seq } of await Promise.all(asked)) assert.equal(seq, 7)
  assert.equal(reads.begun.length, 1)
})

test('Heads.read() gives nobody a state that was read before the call, and has one read of a run at a time', async () => {
  const reads = new Reads()
  const heads = new Heads(reads)
  const first = heads.read('job_1')
  await reads.untilBegun(1)
  const later = [heads.read('job_1'), heads.read('job_1')]
  for (let turns = 0; turns < 5; turns++) await nextTurn()
  assert.equal(reads.begun.length, 1)
  reads.end(0, 7)
  await reads.untilBegun(2)
  reads.end(1, 8)
  assert.deepEqual(
    (await Promise.all([first, ...later])).map(({ seq }) => seq),
    [7, 8, 8],
  )
  assert.equal(reads.begun.length, 2)
})

test('Heads.read() begins again after a read that fails, which fails for its own callers alone', async () => {
  const asked: string[] = []
  const heads = new Heads({
    head: async (id) => {
      if (asked.push(id) === 1) throw new Error(`no ${id}`)
      return STATE
    },
  })
  const failing = assert.rejects(heads.read('job_1'), /no job_1/)
  while (asked.length === 0) await nextTurn()
  assert.equal(await heads.read('job_1'), STATE)
  await failing
})

test('Heads.follow() tells hundreds in several turns of the event loop, and nobody who has left meanwhile', async (t) => {
  const heads = new Heads({ head: async () => STATE })
  t.after(() => heads.stop())
  let turns = 0
  let counting = setImmediate(function count() {
    turns += 1
    counting = setImmediate(count)
  })
  const toldIn: number[] = []
  await new Promise<void>((resolve) => {
    const leave = Array.from({ length: 200 }, (_, nth) =>
      heads.follow('job_1', {
        found: () => {
          toldIn[nth] = turns
          if (nth === 0) leave[150]?.()
          if (nth === 199) resolve()
        },
        failed: () => {}, // when it stops
      }),
    )
  })
  clearImmediate(counting)
  assert.ok(!(150 in toldIn))
  const turnsOf = new Set(toldIn)
  assert.ok(turnsOf.size > 5, [...turnsOf].join(', '))
})
