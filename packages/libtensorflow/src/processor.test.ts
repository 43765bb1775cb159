import assert from 'node:assert/strict'
import test from 'node:test'
import { canRun, kernelsTarget } from './processor.ts'

const V3 = 'fpu sse4_2 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave'
const V4 = `${V3} avx512f avx512bw avx512cd avx512dq avx512vl`

const PROCESSORS = [
  { what: 'AVX-512 in all its parts', flags: V4, v3: true, v4: true },
  { what: 'AVX2', flags: V3, v3: true, v4: false },
  { what: 'AVX-512 without vectors of 256 bits', flags: V4.replace('avx512vl', ''), v3: true, v4: false },
  { what: 'AVX2 without fused products', flags: V3.replace('fma', 'fma4'), v3: false, v4: false },
  { what: 'AVX-512 that hides AVX2', flags: V4.replace('avx2', ''), v3: false, v4: false },
  { what: 'flags of another make', flags: 'fp asimd', v3: false, v4: false },
]
for (const { what, flags, v3, v4 } of PROCESSORS) {
  test(`canRun() says ${v3} of x86-64-v3 and ${v4} of x86-64-v4 where a processor has ${what}`, () => {
    assert.equal(canRun('x86-64-v3', flags.split(' ')), v3)
    assert.equal(canRun('x86-64-v4', flags.split(' ')), v4)
    assert.equal(canRun('native', flags.split(' ')), true)
  })
}

const LISTS = [
  { given: undefined, wanted: 'native' },
  { given: '', wanted: 'native' },
  { given: 'armv8-a', wanted: 'armv8-a' },
  { given: 'znver4,x86-64-v3', wanted: 'znver4' },
]
for (const { given, wanted } of LISTS) {
  test(`kernelsTarget() is ${wanted} where UNROLL_KERNELS_MARCH is ${given}`, (t) => {
    const { UNROLL_KERNELS_MARCH: before } = process.env
    t.after(() => set(before))
    set(given)
    assert.equal(kernelsTarget(), wanted)
  })
}

function set(value: string | undefined): void {
  if (value === undefined) delete process.env['UNROLL_KERNELS_MARCH']
  else process.env['UNROLL_KERNELS_MARCH'] = value
}
