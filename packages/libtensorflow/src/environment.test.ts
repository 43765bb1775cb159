import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { forbidTf32, numericsOnGpu, requireSameBits } from './environment.ts'

const NAMES = ['NVIDIA_TF32_OVERRIDE', 'TF_DETERMINISTIC_OPS'] as const
const before = NAMES.map((name) => [name, process.env[name]] as const)

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

afterEach(() => before.forEach(([name, value]) => set(name, value)))

const HELD: [override: string | undefined, deterministic: string | undefined, tf32: boolean, sameBits: boolean][] = [
  [undefined, undefined, true, false],
  ['0', undefined, false, false],
  ['1', '1', true, true],
  ['0', 'True', false, true],
  ['0', '0', false, false],
  [undefined, 'false', true, false],
]
for (const [override, deterministic, tf32, sameBits] of HELD) {
  test(`numericsOnGpu() of NVIDIA_TF32_OVERRIDE ${override} and TF_DETERMINISTIC_OPS ${deterministic}`, () => {
    set('NVIDIA_TF32_OVERRIDE', override)
    set('TF_DETERMINISTIC_OPS', deterministic)
    assert.deepEqual(numericsOnGpu(), { tf32, deterministic: sameBits })
  })
}

test('forbidTf32() and requireSameBits() have numericsOnGpu() say so', () => {
  for (const name of NAMES) set(name, undefined)
  forbidTf32()
  assert.deepEqual(numericsOnGpu(), { tf32: false, deterministic: false })
  requireSameBits()
  assert.deepEqual(numericsOnGpu(), { tf32: false, deterministic: true })
})
