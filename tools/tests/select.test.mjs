import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compiledPath, divideTests, isComputing, selectTests } from './select.mjs'

const paths = [
  'apps/api/src/app.test.ts',
  'packages/bptt/src/clip/norm.test.ts',
  'packages/bptt/src/clip/norm.ts',
  'test/conformance/golden.test.ts',
  'test/e2e/journey.test.ts',
  'test/e2e/server.ts',
  'test/gradcheck/cells.test.ts',
  'test/vanishing.test.ts',
  'tools/check/imports.test.mjs',
  'tools/start.test.mjs',
]

test('selectTests() has what waits longest first, then groups from quick to slow, the long files of each first', () => {
  assert.deepEqual(selectTests([...paths, 'test/e2e/guide.test.ts']), [
    'test/e2e/guide.test.ts',
    'apps/api/src/app.test.ts',
    'packages/bptt/src/clip/norm.test.ts',
    'tools/check/imports.test.mjs',
    'test/gradcheck/cells.test.ts',
    'test/conformance/golden.test.ts',
    'test/vanishing.test.ts',
    'tools/start.test.mjs',
    'test/e2e/journey.test.ts',
  ])
})

/** @type {[wanted: string[], found: string[]][]} */
const selections = [
  [['e2e'], ['tools/start.test.mjs', 'test/e2e/journey.test.ts']],
  [['packages/bptt'], ['packages/bptt/src/clip/norm.test.ts']],
  [
    ['gradcheck', 'vanishing'],
    ['test/gradcheck/cells.test.ts', 'test/vanishing.test.ts'],
  ],
  [['absent'], []],
]
for (const [wanted, found] of selections)
  test(`selectTests() finds ${found.length} files for "${wanted.join(' ')}"`, () =>
    assert.deepEqual(selectTests(paths, wanted), found))

test('divideTests() has the tests of a package, or of a folder where they wait, share a process, and leaves alone those that change theirs', () => {
  const shared = ['packages/bptt/src/clip/norm.test.ts', 'packages/bptt/src/cells/cells.test.ts']
  const alone = [
    'packages/engines/src/select.test.ts',
    'packages/engines/src/shape.test.ts',
    'test/e2e/cli.test.ts',
    'test/conformance/memory.test.ts',
  ]
  const byFolder = [
    ['apps/api/src/tests/jobs/queue.test.ts', 'apps/api/src/tests/jobs/retry.test.ts'],
    ['apps/api/src/tests/sweeps.test.ts'],
    ['packages/store/src/queue/queue.test.ts'],
    ['test/conformance/left_out.test.ts', 'test/conformance/ops.test.ts'],
    ['test/conformance/golden/golden.test.ts'],
  ]
  assert.deepEqual(divideTests([shared[0] ?? '', ...alone, ...byFolder.flat(), shared[1] ?? '']), [
    shared,
    ...alone.map((path) => [path]),
    ...byFolder,
  ])
})

test('isComputing() tells tests of numbers from those with services', () => {
  assert.deepEqual(divideTests(selectTests(paths)).filter(isComputing).flat(), [
    'packages/bptt/src/clip/norm.test.ts',
    'test/gradcheck/cells.test.ts',
    'test/conformance/golden.test.ts',
  ])
})

test('compiledPath() names what the compiler writes', () => {
  assert.equal(compiledPath('packages/bptt/src/clip/norm.test.ts'), 'packages/bptt/dist/clip/norm.test.js')
  assert.equal(
    compiledPath('apps/dashboard/src/data/columns.test.ts'),
    'apps/dashboard/compiled/dist/data/columns.test.js',
  )
  assert.equal(compiledPath('test/e2e/journey.test.ts'), 'test/dist/e2e/journey.test.js')
  assert.equal(compiledPath('tools/check/imports.test.mjs'), 'tools/check/imports.test.mjs')
})
