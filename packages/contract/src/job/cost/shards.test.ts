import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '../job_spec.ts'
import { countGpus, shardCount, chooseShards } from './shards.ts'

for (const [N, most, count] of [
  [8, 1, 1],
  [8, 2, 2],
  [8, 3, 2],
  [9, 4, 3],
  [7, 4, 1],
  [4, 99, 4],
  [5, 0, 1],
] as const) {
  test(`shardCount() of ${N} rows and ${most} shards at most is ${count}`, () => {
    assert.equal(shardCount(N, most), count)
  })
}

function specOf(batchSize: number, resources: Partial<JobSpec['resources']>): Pick<JobSpec, 'training' | 'resources'> {
  return { training: { batch_size: batchSize }, resources: { shards: 'auto', ...resources } } as JobSpec
}

for (const { what, spec, cpu, gpu } of [
  { what: 'auto', spec: specOf(8, {}), cpu: 2, gpu: 1 },
  { what: 'auto on four GPUs', spec: specOf(8, { gpus: 4 }), cpu: 2, gpu: 4 },
  { what: 'four that are asked for', spec: specOf(8, { shards: 4 }), cpu: 4, gpu: 4 },
  { what: 'more than the rows divide into', spec: specOf(9, { shards: 4 }), cpu: 3, gpu: 3 },
]) {
  test(`chooseShards() of ${what} is ${cpu} on a CPU and ${gpu} on GPUs`, () => {
    assert.deepEqual([chooseShards(spec, 'cpu'), chooseShards(spec, 'gpu')], [cpu, gpu])
  })
}

test('countGpus() a record of before jobs could ask for several is one', () => {
  assert.equal(countGpus(specOf(8, {})), 1)
})
