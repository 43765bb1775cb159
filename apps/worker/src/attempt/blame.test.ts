import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gpu } from '@unroll/contract'
import { blame } from './blame.ts'

type Word = Parameters<typeof blame>[0]

const GPU = { uuid: 'GPU-1', name: 'A100', memory_bytes: 80, memory_used_bytes: 30, fault: null } as Gpu
const OTHER: Gpu = { ...GPU, uuid: 'GPU-2', name: 'H100', memory_used_bytes: null }
const FAILED: Word = { type: 'failed', reason: 'engine_error', message: 'It broke.' } as Word

/** What a word becomes on a slot of GPUs, with the GPUs as they are found when they are read again. */
async function blamed(word: Word, own: readonly Gpu[], found: readonly Gpu[] = own) {
  let readings = 0
  const slot = { gpus: own, needs: 100, lost: new AbortController().signal }
  const inventory = {
    gpus: found,
    refresh: () => {
      readings += 1
      return Promise.resolve()
    },
  }
  return { word: await blame(word, slot, inventory), readings }
}

test('blame() says that an engine failed as its GPU did', async () => {
  const { word, readings } = await blamed(FAILED, [GPU], [{ ...GPU, fault: 'fell off the bus' }])
  assert.equal(readings, 1)
  assert.deepEqual(word, {
    ...FAILED,
    reason: 'device_lost',
    passing: true,
    message: 'A100 (GPU-1): fell off the bus. It broke.',
  })
})

for (const { what, word, own, found } of [
  { what: 'an error of the engine on GPUs that are well', word: FAILED, own: [GPU], found: [GPU] },
  { what: 'the fault of a GPU of another slot', word: FAILED, own: [GPU], found: [GPU, { ...OTHER, fault: 'gone' }] },
  { what: 'an error of the engine on a CPU', word: FAILED, own: [], found: [] },
] as const) {
  test(`blame() leaves ${what} as it is`, async () => {
    assert.deepEqual((await blamed(word, own, found)).word, word)
  })
}

test('blame() reads no GPU for a failure that has nothing to do with one', async () => {
  const word = { ...FAILED, reason: 'storage_error' } as Word
  assert.deepEqual(await blamed(word, [GPU], [{ ...GPU, fault: 'gone' }]), { word, readings: 0 })
})

for (const { what, own, message } of [
  { what: 'a CPU', own: [], message: 'The run is estimated to need 100 bytes of memory. It broke.' },
  {
    what: 'a GPU',
    own: [GPU],
    message:
      'The run is estimated to need 100 bytes of memory, of which A100 (GPU-1) has 80, 30 of them in use by whatever else there is. It broke.',
  },
  {
    what: 'two GPUs',
    own: [GPU, OTHER],
    message:
      'The run is estimated to need 100 bytes of memory on each of 2 GPUs, of which A100 (GPU-1) has 80, 30 of them in use by whatever else there is, H100 (GPU-2) has 80. It broke.',
  },
]) {
  test(`blame() tells of memory that did not suffice on ${what} with the estimate`, async () => {
    const word = { ...FAILED, reason: 'out_of_memory' } as Word
    assert.deepEqual((await blamed(word, own)).word, { ...word, message })
  })
}
