import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimate } from './estimate.ts'
import { lighterJob } from './lighter.ts'
import { parseJobSpec } from './parse.ts'
import { taskProblem, usesDataset } from './problem.ts'

function jobOf(more: object) {
  const parsed = parseJobSpec({ model: { cell: 'lstm' }, data: { task: 'adding' }, sequence_length: 100, ...more })
  assert.ok(parsed.ok && !usesDataset(parsed.value.data))
  const { value: spec } = parsed
  return { spec, problem: taskProblem(parsed.value.data, spec.sequence_length) }
}

const JOBS: [what: string, more: object, pointer: string | undefined][] = [
  [
    'keeping less of a window that takes most of it',
    { sequence_length: 20_000, bptt: { mode: 'full', recompute: 'never' }, resources: { max_memory_bytes: 2 ** 40 } },
    '/bptt/recompute',
  ],
  [
    'a smaller batch where that takes most of it',
    { training: { batch_size: 128, max_steps: 1 } },
    '/training/batch_size',
  ],
  [
    'nothing where the weights take most of it',
    { model: { cell: 'lstm', hidden_size: 1024 }, sequence_length: 2, training: { batch_size: 2 } },
    undefined,
  ],
]
for (const [what, more, pointer] of JOBS) {
  test(`lighterJob() proposes ${what}`, () => {
    const { spec, problem } = jobOf(more)
    const lighter = lighterJob(spec, problem)
    assert.equal(lighter?.pointer, pointer)
    if (lighter === undefined) return
    assert.ok(lighter.memoryBytes <= estimate(spec, problem).memory_bytes / 2)
    const { bptt, training } = spec
    const changed =
      lighter.pointer === '/bptt/recompute'
        ? { ...spec, bptt: { ...bptt, recompute: lighter.value } }
        : { ...spec, training: { ...training, batch_size: lighter.value } }
    assert.equal(estimate(changed, problem).memory_bytes, lighter.memoryBytes)
  })
}
