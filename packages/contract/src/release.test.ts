import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { RELEASE, mixes } from './release.ts'

const build = (protocol: number, mixesFrom: number) => ({ version: `0.${protocol}.0`, protocol, mixesFrom })

for (const [one, other, expected] of [
  [build(1, 1), build(1, 1), true],
  [build(2, 1), build(1, 1), true],
  [build(3, 2), build(2, 1), true],
  [build(3, 2), build(1, 1), false],
  [build(2, 2), build(1, 1), false],
] as const)
  test(`mixes(): protocol ${one.protocol} from ${one.mixesFrom} on ${expected ? 'runs' : 'does not run'} beside ${other.protocol}`, () => {
    assert.equal(mixes(one, other), expected)
    assert.equal(mixes(other, one), expected, 'whichever comes first')
  })

test('RELEASE has the version of the repository, and mixes with itself', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.equal(RELEASE.version, version)
  assert.ok(mixes(RELEASE, RELEASE))
})
