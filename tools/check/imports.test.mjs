import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkImports, importFaults, referenceFaults } from './imports.mjs'

/** @type {[why: string, path: string, text: string][]} */
const refused = [
  ['spec imports a package of ours', 'packages/contract/src/job.ts', "import { philox } from '@unroll/random'"],
  ['bptt uses a Node module', 'packages/bptt/src/passes/step.ts', "import { readFile } from 'node:fs/promises'"],
  ['bptt imports an engine', 'packages/bptt/src/passes/step.ts', "export * from '@unroll/engines'"],
  ['the trainer picks an engine', 'packages/trainer/src/loop.ts', "const { oracle } = await import('@unroll/engines')"],
  ['api imports the mathematics', 'apps/api/src/app.ts', "import type { Cell } from '@unroll/bptt'"],
  ['the dashboard bypasses the client', 'apps/dashboard/src/data/poll.ts', "import { MOVES } from '@unroll/contract'"],
  ['Redis is reached outside the store', 'apps/worker/src/main.ts', "import { Redis } from 'ioredis'"],
  ['TensorFlow is used outside engines', 'packages/trainer/src/loop.ts', "require.resolve('@tensorflow/tfjs-core')"],
  ['a package is imported below its entry', 'apps/api/src/app.ts', "import { key } from '@unroll/store/dist/keys.js'"],
  ['a relative path leaves its package', 'apps/api/src/app.ts', "import '../../../packages/contract/src/index.ts'"],
  ['an import spans lines', 'apps/api/src/app.ts', "import {\n  a,\n  b,\n} from 'bullmq'"],
  ['a Node module lacks its prefix', 'apps/api/src/app.ts', "import fs from 'fs'"],
  ['the environment is read outside config.ts', 'apps/api/src/app.ts', 'const port = process.env.PORT'],
  [
    'the service uses what is made for tests',
    'packages/store/src/store.ts',
    "import { url } from './testing/server.ts'",
  ],
  ['a source imports what is for tests', 'packages/trainer/src/a.ts', "import { Fake } from '@unroll/tasks/testing'"],
  ['a folder has no row', 'packages/utils/src/index.ts', 'export const nothing = 0'],
]

/** @type {[why: string, path: string, text: string][]} */
const granted = [
  ['a neighbour', 'packages/bptt/src/cells/lstm.ts', "import type { Ops } from '../ops.ts'"],
  ['a granted package', 'apps/worker/src/child.ts', "import { train } from '@unroll/trainer'"],
  ['a path inside a granted library', 'packages/contract/src/job.ts', "import { Value } from 'typebox/value'"],
  ['a library of a granted scope', 'apps/api/src/app.ts', "import swagger from '@fastify/swagger'"],
  ['a comment', 'packages/contract/src/job.ts', "// import x from 'bullmq'\n/** import y from 'ioredis' */"],
  ['a message', 'packages/contract/src/job.ts', "const text = `Cannot read from 'bullmq'`"],
  ["an app's configuration", 'apps/api/src/config.ts', 'export const source = process.env'],
  [
    'a test of a pure package',
    'packages/bptt/src/clip.test.ts',
    "import { test } from 'node:test'\nimport fc from 'fast-check'",
  ],
  ['what several tests need', 'packages/store/src/testing/server.ts', 'export const url = process.env.TEST_REDIS_URL'],
  ["another package's testing folder in a test", 'test/a.ts', "import { Fake } from '@unroll/engines/testing'"],
  ["a trainer's test", 'packages/trainer/src/loop.test.ts', "import { selectEngine } from '@unroll/engines'"],
]

for (const [why, path, text] of refused)
  test(`importFaults() refuses when ${why}`, () => assert.equal(importFaults([{ path, text }]).length, 1))

for (const [what, path, text] of granted)
  test(`importFaults() accepts ${what}`, () => assert.deepEqual(importFaults([{ path, text }]), []))

test('checkImports() looks at the sources of this repository', () => assert.ok(checkImports().seen >= 12))

test('referenceFaults() finds each file that imports a package its project does not refer to', () => {
  const projects = [
    { path: 'packages/trainer/tsconfig.json', text: '{ "references": [{ "path": "../bptt" }] }' },
    { path: 'packages/bptt/tsconfig.json', text: '{ "references": [{ "path": "../contract" }] }' },
  ]
  const files = ['train.ts', 'train.test.ts'].map((name) => ({
    path: `packages/trainer/src/${name}`,
    text: "import { CELLS } from '@unroll/contract'\nimport { selectEngine } from '@unroll/engines'",
  }))
  const faults = referenceFaults(files, projects)
  assert.equal(faults.length, 2)
  for (const fault of faults) assert.match(fault, /^packages\/trainer\/tsconfig\.json: must refer to packages\/engines/)
})
