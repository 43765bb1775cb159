import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJobSpec, taskProblem, usesDataset, type Gpu } from '@unroll/contract'
import { blame } from './blame.ts'
import { DeviceLostError, describeFailure } from './failure.ts'

const GPU_OOM =
  'Session fail to run with error: OOM when allocating tensor with shape[65536,65536] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc'

const FAILURES: [what: string, error: Error, reason: string, passing: boolean][] = [
  ['TensorFlow finds no memory on a GPU', new Error(GPU_OOM), 'out_of_memory', false],
  [
    'TensorFlow finds no memory on the CPU',
    new Error(GPU_OOM.replace('GPU:0 by allocator GPU_0_bfc', 'CPU:0 by allocator cpu')),
    'out_of_memory',
    false,
  ],
  [
    'a library of CUDA finds no memory',
    new Error('failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED'),
    'out_of_memory',
    false,
  ],
  [
    'CUDA finds no memory',
    new Error('Failed to allocate 2.00G: CUDA_ERROR_OUT_OF_MEMORY: out of memory'),
    'out_of_memory',
    false,
  ],
  ['JavaScript finds no memory', new RangeError('Array buffer allocation failed'), 'out_of_memory', false],
  ['the engine finds no GPU', new DeviceLostError('Engine "tensorflow" was asked for'), 'device_lost', true],
  [
    'anything else happens',
    new Error('Session fail to run with error: Matrix size-incompatible'),
    'engine_error',
    false,
  ],
]
for (const [what, error, reason, passing] of FAILURES) {
  test(`describeFailure() says ${reason} where ${what}`, () => {
    const word = describeFailure(new Error('Cannot train', { cause: error }))
    const direct = describeFailure(error)
    assert.ok(direct.type === 'failed' && word.type === 'failed')
    assert.deepEqual([direct.reason, direct.passing], [reason, passing])
    assert.match(word.message, /^Cannot train: /)
  })
}

test('describeFailure() proposes a run that needs at most half of the memory', () => {
  const parsed = parseJobSpec({
    model: { cell: 'lstm' },
    data: { task: 'adding' },
    training: { batch_size: 128, max_steps: 1 },
  })
  assert.ok(parsed.ok && !usesDataset(parsed.value.data))
  const { value: spec } = parsed
  const problem = taskProblem(parsed.value.data, spec.sequence_length)
  const word = describeFailure(new Error(GPU_OOM), { spec, problem, accelerator: 'gpu' })
  assert.ok(word.type === 'failed')
  assert.equal(word.pointer, '/training/gradient_accumulation')
  assert.match(
    word.message,
    /GPU_0_bfc\. With training\.gradient_accumulation \d+ the run is estimated to need \d+ bytes$/,
  )
})

const SOUND: Gpu = {
  uuid: 'GPU-1',
  name: 'NVIDIA A40',
  driver: '550.127.05',
  memory_bytes: 48_305_799_168,
  memory_used_bytes: 40_000_000_000,
  utilization: 0,
  temperature_celsius: 30,
  fault: null,
}
const SECOND = { ...SOUND, uuid: 'GPU-2' }
const SLOT = { gpus: [SOUND], needs: 9_000_000_000, lost: new AbortController().signal }
const LOST = { ...SOUND, fault: 'GPU is lost' }
const failed = (reason: 'engine_error' | 'out_of_memory' | 'invalid_dataset', message: string) =>
  ({ type: 'failed', reason, message, pointer: null, passing: false }) as const

const BLAMES = [
  {
    what: 'tells memory that did not suffice on a GPU with the estimate and what the GPU has',
    word: failed('out_of_memory', GPU_OOM),
    slot: SLOT,
    now: SOUND,
    reason: 'out_of_memory',
    passing: false,
    message:
      /^The run is estimated to need 9000000000 bytes of memory, of which NVIDIA A40 \(GPU-1\) has 48305799168, 40000000000 of them in use .*OOM when allocating/,
  },
  {
    what: 'tells memory that did not suffice without a GPU with the estimate',
    word: failed('out_of_memory', 'Array buffer allocation failed'),
    slot: { ...SLOT, gpus: [] },
    now: SOUND,
    reason: 'out_of_memory',
    passing: false,
    message: /^The run is estimated to need 9000000000 bytes of memory\. Array buffer allocation failed$/,
  },
  {
    what: 'has a job go on elsewhere whose engine failed as the GPU was lost',
    word: failed('engine_error', 'CUDA_ERROR_UNKNOWN'),
    slot: SLOT,
    now: LOST,
    reason: 'device_lost',
    passing: true,
    message: /^NVIDIA A40 \(GPU-1\): GPU is lost\. CUDA_ERROR_UNKNOWN$/,
  },
  {
    what: 'tells memory that did not suffice on two GPUs with what each of them has',
    word: failed('out_of_memory', GPU_OOM),
    slot: { ...SLOT, gpus: [SOUND, SECOND] },
    now: SOUND,
    reason: 'out_of_memory',
    passing: false,
    message: /^The run is estimated to need 9000000000 bytes of memory on each of 2 GPUs, of which .*GPU-1.*GPU-2/,
  },
  {
    what: 'has a job of two GPUs go on elsewhere where one of them was lost',
    word: failed('engine_error', 'CUDA_ERROR_UNKNOWN'),
    slot: { ...SLOT, gpus: [SECOND, SOUND] },
    now: LOST,
    reason: 'device_lost',
    passing: true,
    message: /^NVIDIA A40 \(GPU-1\): GPU is lost\. CUDA_ERROR_UNKNOWN$/,
  },
  {
    what: 'leaves a failure of the engine as it is where the GPU is sound',
    word: failed('engine_error', 'Matrix size-incompatible'),
    slot: SLOT,
    now: SOUND,
    reason: 'engine_error',
    passing: false,
    message: /^Matrix size-incompatible$/,
  },
  {
    what: 'leaves what no GPU is to blame for as it is',
    word: failed('invalid_dataset', 'There is none'),
    slot: SLOT,
    now: LOST,
    reason: 'invalid_dataset',
    passing: false,
    message: /^There is none$/,
  },
]
for (const { what, word, slot, now, reason, passing, message } of BLAMES) {
  test(`blame() ${what}`, async () => {
    const inventory: { gpus: Gpu[]; refresh: () => Promise<void> } = {
      gpus: [SOUND, SECOND],
      refresh: async () => void (inventory.gpus = [now, SECOND]),
    }
    const blamed = await blame(word, slot, inventory)
    assert.deepEqual([blamed.reason, blamed.passing], [reason, passing])
    assert.match(blamed.message, message)
  })
}
