import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { HERE, KERNELS, printed, TARGETS, temporary } from './testing/targets.ts'

/** How many numbers the program looked at, and how many were wrong. */
function counted(stdout: string): readonly [comparisons: number, wrong: number] {
  const [, comparisons, wrong] = /^(\d+) comparisons, (\d+) wrong$/m.exec(stdout) ?? []
  return [Number(comparisons), Number(wrong)]
}

for (const target of [...TARGETS, HERE]) {
  test(`elementary functions and instructions on elements are those of float64, on ${target.march}`, (t) => {
    const stdout = printed(t, target, 'elements.cc')
    if (stdout === undefined) return
    const [comparisons, wrong] = counted(stdout)
    assert.ok(comparisons > 1_100_000, stdout)
    assert.equal(wrong, 0, stdout)
    t.diagnostic(`${target.march}: ${stdout.trim()}`)
  })
}

/** Mistakes that the comparison must find. */
const MISTAKES = [
  { what: 'a maximum that loses NaN', file: 'pointwise.h', from: 'x != x || x > y ? x : y', to: 'x > y ? x : y' },
  { what: 'a coefficient of the exponential', file: 'elementary.h', from: '1.6666665459e-1f', to: '1.6676665459e-1f' },
]

for (const { what, file, from, to } of MISTAKES) {
  test(`the comparison of elements finds ${what}`, (t) => {
    const headers = temporary(t)
    cpSync(KERNELS, headers, { recursive: true })
    const text = readFileSync(join(headers, file), 'utf8')
    assert.equal(text.split(from).length, 2, `${file} must have ${from} once`)
    writeFileSync(join(headers, file), text.replace(from, to))
    const stdout = printed(t, HERE, 'elements.cc', headers)
    if (stdout !== undefined) assert.ok(counted(stdout)[1] > 0, stdout)
  })
}
