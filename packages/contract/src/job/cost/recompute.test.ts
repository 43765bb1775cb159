import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimate } from './estimate.ts'
import type { JobSpec } from '../job_spec.ts'
import { parseJobSpec } from '../parse.ts'
import { textProblem } from '../problem.ts'
import { chooseSegmentSteps } from './recompute.ts'
import { memoryFault } from '../rules.ts'

const TEXT = textProblem({ characters: 10_000_000, vocabulary_size: 96 })

function job(T: number, bptt: object = {}, resources: object = {}): JobSpec {
  const parsed = parseJobSpec({
    model: { cell: 'lstm', hidden_size: 64, embedding_size: 32 },
    data: { dataset: 'ds_0123456789abcdefghij' },
    sequence_length: T,
    bptt: { mode: 'full', ...bptt },
    training: { batch_size: 16 },
    resources,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

// N = 16 in two shards: a chunk has at most 512 steps.
const SEGMENTS: readonly [what: string, T: number, bptt: object, steps: number | undefined][] = [
  ['keeps a short window whole', 100, {}, undefined],
  ['keeps everything where that is estimated to fit', 3000, {}, undefined],
  ['goes by chunks where a long window would not fit', 10_000, {}, 500],
  ['goes by chunks of a very long window', 100_000, {}, 511],
  ['keeps everything of any window with never', 100_000, { recompute: 'never' }, undefined],
  ['rounds a given length up to whole chunks', 3000, { recompute: 1 }, 500],
  ['keeps to a given length of whole chunks', 3000, { recompute: 501 }, 1000],
  ['keeps a window whole that is no longer than the given length', 3000, { recompute: 3000 }, undefined],
]

for (const [what, T, bptt, steps] of SEGMENTS) {
  test(`chooseSegmentSteps() ${what}`, () => {
    assert.equal(chooseSegmentSteps(job(T, bptt), TEXT, 'cpu'), steps)
  })
}

// N = 16 in a shard for each GPU: on one a chunk has at most 4,096 steps, on two 8,192.
const GPU_SEGMENTS: readonly [T: number, gpus: number, steps: number | undefined][] = [
  [4_000, 1, undefined],
  [10_000, 1, 3334],
  [100_000, 1, 4000],
  [10_000, 2, 5000],
  [100_000, 2, 7693],
]

for (const [T, gpus, steps] of GPU_SEGMENTS) {
  test(`chooseSegmentSteps() of ${T} steps goes by ${steps ?? 'all'} on ${gpus} GPUs, whose chunks are longer`, () => {
    const spec = job(T, { recompute: 1 }, { accelerator: 'gpu', gpus })
    assert.equal(chooseSegmentSteps(spec, TEXT, 'gpu'), steps)
    assert.equal(estimate(spec, TEXT).segment_steps, steps ?? null)
  })
}

test('chooseSegmentSteps() takes a record of before there was recompute for auto', () => {
  const spec = job(10_000)
  assert.equal(
    chooseSegmentSteps({ ...spec, bptt: { mode: 'full' } }, TEXT, 'cpu'),
    chooseSegmentSteps(spec, TEXT, 'cpu'),
  )
})

test('chooseSegmentSteps() of auto keeps less where the job allows less memory', () => {
  assert.equal(chooseSegmentSteps(job(3000, {}, { max_memory_bytes: 200 * 2 ** 20 }), TEXT, 'cpu'), 500)
})

test('estimate() says what recompute saves and what it costs', () => {
  const [auto, never] = [estimate(job(100_000), TEXT), estimate(job(100_000, { recompute: 'never' }), TEXT)]
  assert.deepEqual([auto.segment_steps, never.segment_steps], [511, null])
  assert.ok(auto.memory_bytes < 100 * 2 ** 20, `${auto.memory_bytes}`)
  assert.ok(never.memory_bytes > 9 * 2 ** 30, `${never.memory_bytes}`)
  assert.ok(auto.flops_per_step > never.flops_per_step && auto.flops_per_step < 1.34 * never.flops_per_step)
})

test('estimate() says what a job needs on a GPU, which keeps longer segments, where it may land on either', () => {
  const [any, cpu, gpu] = (['any', 'cpu', 'gpu'] as const).map((accelerator) =>
    estimate(job(100_000, {}, { accelerator }), TEXT),
  )
  assert.deepEqual([any?.memory_bytes, any?.gpu_memory_bytes], [cpu?.memory_bytes, gpu?.memory_bytes])
  assert.ok((gpu?.memory_bytes ?? 0) > 4 * (cpu?.memory_bytes ?? 0))
  assert.deepEqual([cpu?.gpu_memory_bytes, gpu?.gpu_memory_bytes], [undefined, undefined])
})

test('estimate() of several GPUs says what each needs: its part of the batch, and the first the gradients of all', () => {
  const [one, two] = [1, 2].map((gpus) => estimate(job(1_000, {}, { accelerator: 'gpu', gpus }), TEXT))
  assert.ok(one !== undefined && two !== undefined)
  const weights = 4 * one.parameters
  assert.equal(two.memory_bytes - 5 * weights, (one.memory_bytes - 4 * weights) / 2)
  assert.equal(two.flops_per_step, one.flops_per_step)
})

test('memoryFault() of several GPUs says that each must have the memory', () => {
  const fault = memoryFault(job(10_000, {}, { accelerator: 'gpu', gpus: 2, max_memory_bytes: 2 ** 20 }), TEXT)
  assert.match(fault?.detail ?? '', /are estimated to need on each of 2 GPUs: current value is 1048576/)
})

test('memoryFault() proposes recompute where keeping everything was asked for and does not fit', () => {
  const fault = memoryFault(job(100_000, { recompute: 'never' }), TEXT)
  assert.equal(fault?.pointer, '/resources/max_memory_bytes')
  assert.match(fault.detail, /With bptt\.recompute "auto" it needs \d+, as segments of 511 steps/)
  assert.equal(memoryFault(job(100_000), TEXT), undefined)
})

test('memoryFault() proposes nothing where no segment is short enough', () => {
  const fault = memoryFault(job(100_000, {}, { max_memory_bytes: 2 ** 20 }), TEXT)
  assert.ok(fault !== undefined && !fault.detail.includes('recompute'), fault?.detail)
})

for (const recompute of [0, 1.5, 100_001, 'sometimes', null]) {
  test(`parseJobSpec() refuses recompute ${JSON.stringify(recompute)} and says what is wanted`, () => {
    const parsed = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' }, bptt: { mode: 'full', recompute } })
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.faults.map(({ pointer, value }) => [pointer, value]),
      [['/bptt/recompute', recompute]],
    )
    assert.match(parsed.faults[0]!.detail, /"auto" or "never" or an integer ≥ 1 and ≤ 100000/)
  })
}
