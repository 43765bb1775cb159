import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFeed } from './feed.ts'
import { parseSpec } from './testing/specification.ts'

test('openFeed() of a curriculum grows from its first length to the last, and evaluates other lengths beside', async () => {
  const spec = parseSpec({
    data: { task: 'parity' },
    sequence_length: 12,
    training: {
      batch_size: 3,
      curriculum: { start_length: 4, increment: 3, every_steps: 2 },
      evaluation_lengths: [5, 40],
      evaluation_batches: 2,
    },
  })
  const feed = await openFeed(spec)
  const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((step) => feed.window(step).batch.steps)
  assert.deepEqual(lengths, [4, 4, 7, 7, 10, 10, 12, 12, 12])
  for (const step of [1, 3, 7]) {
    const { batch, window } = feed.window(step)
    assert.equal(batch.inputs.length, 3 * batch.steps)
    assert.deepEqual([window.from, window.lossSteps], ['initial', batch.steps])
    assert.deepEqual((await openFeed(spec)).window(step), feed.window(step))
  }
  assert.deepEqual(
    [...feed.evaluationBatches].map(({ batch }) => batch.steps),
    [12, 12],
  )
  const others = [...feed.otherLengths!].map(([T, batches]) => [T, [...batches].map(({ batch }) => batch.steps)])
  assert.deepEqual(others, [
    [5, [5, 5]],
    [40, [40, 40]],
  ])
})

test('openFeed() of a curriculum that grows when a length is solved has the length of its growths', async () => {
  const spec = parseSpec({
    data: { task: 'parity' },
    sequence_length: 12,
    training: { batch_size: 3, curriculum: { start_length: 4, increment: 5, when: { below: 0.1 } } },
  })
  const feed = await openFeed(spec)
  const lengths = [0, 1, 2, 3].map((growths) => feed.window(7, { growths }).batch.steps)
  assert.deepEqual(lengths, [4, 9, 12, 12])
  assert.deepEqual(
    [...feed.ofLength!(9)].map(({ batch }) => batch.steps),
    [9, 9, 9, 9],
  )
})
