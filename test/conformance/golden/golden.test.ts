import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { SUBJECTS, UNROLLED } from '../interpreters.ts'
import { compareFolder } from './folder.ts'
import { compareSuite, SUITES } from './suites.ts'

const ROOT = fileURLToPath(new URL('../../../golden/', import.meta.url)) // from test/dist/conformance/golden

for (const subject of SUBJECTS) {
  for (const suite of SUITES) {
    test(`${subject.name} agrees with the golden ${suite.what}`, async (t) => {
      t.diagnostic((await compareSuite(subject, suite, ROOT)).summary())
    })
  }
}

for (const subject of UNROLLED) {
  const [cells] = SUITES
  test(`${subject.name} agrees with the golden ${cells!.what}`, async (t) => {
    t.diagnostic((await compareSuite(subject, cells!, ROOT)).summary())
  })
}

test('compareFolder() says how many files and numbers of a folder it compared, per engine', async () => {
  const lines: string[] = []
  assert.equal(await compareFolder(ROOT, (line) => lines.push(line)), true)
  for (const { name } of SUBJECTS)
    assert.ok(lines.some((line) => /108 files, \d+ numbers/.test(line) && line.includes(name)))
})

test('compareFolder() refuses a folder without golden files', async () => {
  await assert.rejects(
    compareFolder('/nowhere', () => {}),
    { name: 'RangeError', message: /^Cannot compare golden numbers as "\/nowhere" has no such file/ },
  )
})
