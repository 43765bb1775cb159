import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gpu } from '@unroll/contract'
import { jobVariables, type Variables } from './job_variables.ts'

const gpu = (uuid: string, capability: string | null | undefined = '8.0'): Gpu => ({
  uuid,
  name: 'NVIDIA A100',
  driver: '550.127.05',
  memory_bytes: 2 ** 36,
  memory_used_bytes: 0,
  utilization: 0,
  temperature_celsius: 30,
  ...(capability !== undefined && { compute_capability: capability }),
  fault: null,
})
const EXACT = { NVIDIA_TF32_OVERRIDE: '0' }
const SAME_BITS = { TF_DETERMINISTIC_OPS: '1' }

const VARIABLES: [what: string, gpus: Gpu[], asks: object, variables: Variables][] = [
  ['float32 and the same bits unless a job asks for less', [], {}, { ...EXACT, ...SAME_BITS }],
  ['the GPU of a job', [gpu('GPU-1')], {}, { CUDA_VISIBLE_DEVICES: 'GPU-1', ...EXACT, ...SAME_BITS }],
  [
    'the GPUs of a job that has two',
    [gpu('GPU-2'), gpu('GPU-1')],
    {},
    { CUDA_VISIBLE_DEVICES: 'GPU-2,GPU-1', ...EXACT, ...SAME_BITS },
  ],
  ['TF32 where the GPU has it', [gpu('GPU-1')], { tf32: true }, { CUDA_VISIBLE_DEVICES: 'GPU-1', ...SAME_BITS }],
  [
    'no TF32 where a GPU is older',
    [gpu('GPU-1', '12.1'), gpu('GPU-2', '7.5')],
    { tf32: true },
    { CUDA_VISIBLE_DEVICES: 'GPU-1,GPU-2', ...EXACT, ...SAME_BITS },
  ],
  [
    'TF32 where a GPU does not tell whether it has it',
    [gpu('GPU-1', null), gpu('GPU-2', undefined)],
    { tf32: true },
    { CUDA_VISIBLE_DEVICES: 'GPU-1,GPU-2', ...SAME_BITS },
  ],
  ['other bits where a job allows them', [], { deterministic: false }, EXACT],
  ['TF32 and other bits', [], { tf32: true, deterministic: false }, {}],
]
for (const [what, gpus, asks, variables] of VARIABLES) {
  test(`jobVariables() has ${what}`, () => assert.deepEqual(jobVariables(gpus, asks), variables))
}
