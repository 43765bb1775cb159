import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutChunks, chunkEnd, groupSegments, type Chunk } from './chunks.ts'
import { backThroughSegments, forwardThrough, type ChunkPasses } from './segments.ts'

/** States and sums that know what they are of, so that whoever frees one twice, or reads one that is freed, is found. */
interface Held {
  /** states: the step they are after; sums: the first step they hold. */
  readonly step: number
  readonly sum: number
}

class Recorder implements ChunkPasses<Held, Held> {
  readonly live = new Set<Held>()
  /** Chunks that were gone through forward alone, and back. */
  readonly forwarded: Chunk[] = []
  readonly back: Chunk[] = []
  /** The most that were alive at a time. */
  peak = 0

  make(step: number, sum = 0): Held {
    const made = { step, sum }
    this.live.add(made)
    this.peak = Math.max(this.peak, this.live.size)
    return made
  }

  forward(chunk: Chunk, before: Held): Held {
    this.#read(before, chunk.start)
    this.forwarded.push(chunk)
    return this.make(chunkEnd(chunk))
  }

  segment(chunks: readonly Chunk[], before: Held, sums: Held, carriedAt: number | undefined) {
    const [first, last] = [chunks[0]!, chunks.at(-1)!]
    this.#read(before, first.start)
    this.#read(sums, chunkEnd(last))
    this.back.unshift(...chunks)
    const steps = chunks.reduce((sum, chunk) => sum + chunk.steps, 0)
    const isCarried = chunks.some((chunk) => chunkEnd(chunk) === carriedAt)
    return {
      sums: this.make(first.start, sums.sum + steps),
      ...(isCarried && { carried: this.make(carriedAt!) }),
    }
  }

  freeStates(states: Held): void {
    assert.ok(this.live.delete(states), `the states after step ${states.step} are freed twice`)
  }

  freeSums(sums: Held): void {
    assert.ok(this.live.delete(sums), `the sums from step ${sums.step} on are freed twice`)
  }

  #read(held: Held, step: number): void {
    assert.ok(this.live.has(held), `what is of step ${held.step} is read after it was freed`)
    assert.equal(held.step, step)
  }
}

const T = 60

for (const advance of [0, 20, 60]) {
  for (const { length, twice } of [
    { length: undefined, twice: 0 },
    { length: 10, twice: 50 },
    { length: 20, twice: 40 },
  ]) {
    test(`backThroughSegments() of ${length ?? 'all'} steps, the state after ${advance} kept, leaves the sums and that state alone`, () => {
      const chunks = cutChunks({ steps: T, rows: 1, answered: T, advance, chunkRows: 10 })
      const passes = new Recorder()
      const [initial, zero] = [passes.make(0), passes.make(T)]
      const { sums, carried } = backThroughSegments(passes, groupSegments(chunks, length), { initial, zero, advance })
      assert.deepEqual([sums.step, sums.sum], [0, T])
      assert.equal(carried.step, advance)
      if (advance === 0) assert.equal(carried, initial)
      assert.deepEqual(passes.live, new Set([initial, sums, carried]))
      assert.deepEqual(passes.back, chunks)
      assert.equal(
        passes.forwarded.reduce((sum, { steps }) => sum + steps, 0),
        twice,
      )
    })
  }
}

test('backThroughSegments() refuses to keep a state that no chunk ends with', () => {
  const passes = new Recorder()
  const chunks = cutChunks({ steps: T, rows: 1, answered: T, advance: T, chunkRows: 10 })
  const given = { initial: passes.make(0), zero: passes.make(T), advance: 15 }
  assert.throws(() => backThroughSegments(passes, [chunks], given), /no chunk ends at step 15/)
})

test('forwardThrough() holds the initial states and those of one chunk, and gives the last ones', () => {
  const passes = new Recorder()
  const chunks = cutChunks({ steps: T, rows: 1, answered: T, advance: T, chunkRows: 10 })
  const initial = passes.make(0)
  const after = forwardThrough(passes, chunks, initial)
  assert.equal(after.step, T)
  assert.deepEqual(passes.live, new Set([initial, after]))
  assert.equal(passes.peak, 3)
  assert.equal(forwardThrough(passes, [], initial), initial)
})
