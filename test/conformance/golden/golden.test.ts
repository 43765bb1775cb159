import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs, SUBJECTS, GPU_GRAPH } from '../interpreters.ts'
import { compareFolder } from './folder.ts'
import { compareSuite, SUITES } from './suites.ts'

const ROOT = fileURLToPath(new URL('../../../golden/', import.meta.url)) // from test/dist/conformance/golden
const KINDS = [
  'cells',
  'stack',
  'layers',
  'itemised',
  'spectra',
  'flossing',
  'clip',
  'clip_runs',
  'tbptt',
  'randomised',
  'optim',
]

test('the folders hold the golden files that the manifest lists, and no others', (t) => {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'manifest.json'), 'utf8')) as { files: string[] }
  const found = KINDS.flatMap((kind) => readdirSync(join(ROOT, kind)).map((name) => `${kind}/${name}`))
  t.diagnostic(`${found.length} files`)
  assert.ok(found.length > 0)
  assert.deepEqual(found.toSorted(), files.toSorted())
})

for (const subject of [...SUBJECTS, GPU_GRAPH]) {
  for (const suite of SUITES) {
    test(`${subject.name} agrees with the golden ${suite.what}`, needs(subject.name), async (t) => {
      t.diagnostic((await compareSuite(subject, suite, ROOT)).summary())
    })
  }
}

/** A folder with one golden file of each kind. */
function oneOfEach(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-golden-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const kind of KINDS) {
    const [name = ''] = readdirSync(join(ROOT, kind))
    cpSync(join(ROOT, kind, name), join(folder, kind, name))
  }
  return folder
}

test('compareFolder() says how many files and numbers of a folder it compared, per engine', async (t) => {
  const lines: string[] = []
  assert.equal(await compareFolder(oneOfEach(t), (line) => lines.push(line)), true)
  for (const { name } of SUBJECTS.filter((subject) => needs(subject.name).skip === undefined))
    assert.ok(
      lines.some((line) =>
        new RegExp(`^${name}: ${KINDS.length} files, [1-9]\\d* numbers, 0 kinds of ${SUITES.length} failed`).test(line),
      ),
      name,
    )
})

test('compareFolder() tells which kind has a number that is too far off', async (t) => {
  const folder = oneOfEach(t)
  const [name = ''] = readdirSync(join(folder, 'cells'))
  const file = JSON.parse(readFileSync(join(folder, 'cells', name), 'utf8')) as { expected: { h: { data: number[] } } }
  file.expected.h.data[0]! += 0.01
  writeFileSync(join(folder, 'cells', name), JSON.stringify(file))
  const lines: string[] = []
  assert.equal(await compareFolder(folder, (line) => lines.push(line)), false)
  const failed = lines.filter((line) => line.startsWith('  ✗'))
  assert.ok(failed.length > 0 && failed.every((line) => /^ {2}✗ cells: \S+ h\[0\]: got/.test(line)), failed.join('\n'))
  assert.ok(
    lines.some((line) =>
      new RegExp(`^oracle: ${KINDS.length} files, \\d+ numbers, 1 kinds of ${SUITES.length} failed`).test(line),
    ),
  )
})

test('compareFolder() refuses a folder without golden files', async () => {
  await assert.rejects(
    compareFolder('/nowhere', () => {}),
    { name: 'RangeError', message: /^Cannot compare golden numbers as "\/nowhere" has no such file/ },
  )
})
