import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryOn } from './estimate.ts'
import type { Accelerator } from '../sections/accelerators.ts'
import { lighterJob } from './lighter.ts'
import { parseJobSpec } from '../parse.ts'
import { usesDataset } from '../sections/data.ts'
import { taskProblem } from '../tasks/tasks.ts'

function jobOf(more: object) {
  const parsed = parseJobSpec({ model: { cell: 'lstm' }, data: { task: 'adding' }, sequence_length: 100, ...more })
  assert.ok(parsed.ok && !usesDataset(parsed.value.data))
  const { value: spec } = parsed
  return { spec, problem: taskProblem(parsed.value.data, spec.sequence_length) }
}

const JOBS: [what: string, more: object, pointer: string | undefined, accelerator?: Accelerator][] = [
  [
    'keeping less of a window that takes most of it',
    { sequence_length: 20_000, bptt: { mode: 'full', recompute: 'never' }, resources: { max_memory_bytes: 2 ** 40 } },
    '/bptt/recompute',
  ],
  [
    'micro-batches where the batch takes most of it',
    { training: { batch_size: 128, max_steps: 1 } },
    '/training/gradient_accumulation',
  ],
  [
    'micro-batches on a GPU, whose chunks are too long to keep less of the window',
    { sequence_length: 400, training: { batch_size: 128, max_steps: 1 } },
    '/training/gradient_accumulation',
    'gpu',
  ],
  [
    'micro-batches that two GPUs have equal parts of',
    { training: { batch_size: 96, max_steps: 1 }, resources: { accelerator: 'gpu', gpus: 2 } },
    '/training/gradient_accumulation',
    'gpu',
  ],
  [
    'nothing where the weights take most of it',
    { model: { cell: 'lstm', hidden_size: 1024 }, sequence_length: 2, training: { batch_size: 2 } },
    undefined,
  ],
]
for (const [what, more, pointer, accelerator = 'cpu'] of JOBS) {
  test(`lighterJob() proposes ${what}`, () => {
    const { spec, problem } = jobOf(more)
    const lighter = lighterJob(spec, problem, accelerator)
    assert.equal(lighter?.pointer, pointer)
    if (lighter === undefined) return
    assert.ok(lighter.memoryBytes <= memoryOn(spec, problem, accelerator) / 2)
    const { bptt, training } = spec
    const changed =
      lighter.pointer === '/bptt/recompute'
        ? { ...spec, bptt: { ...bptt, recompute: lighter.value } }
        : { ...spec, training: { ...training, gradient_accumulation: lighter.value } }
    assert.equal(memoryOn(changed, problem, accelerator), lighter.memoryBytes)
  })
}
