/**
 * The import law, one row for each folder. Any import a row does not grant is refused, so every outside library has the
 * owners that its name appears under, and no others.
 *
 * @typedef {object} Row
 * @property {string[]} own packages of this repository, without the `@unroll/` scope
 * @property {string[]} outside libraries; `@scope/` grants the whole scope
 * @property {boolean} node whether Node's own modules may be imported: `false` keeps a package pure
 * @property {string[]} [testOwn] packages only the folder's `*.test.ts` files may import as well
 */

/** What every `*.test.ts` file and `testing/` folder may import besides its folder's row. */
export const TEST_OUTSIDE = [
  'fast-check',
  'supertest',
  'playwright-core',
  '@seriousme/openapi-schema-validator',
  'standardwebhooks',
  'oidc-provider',
]

export const EVERY_PACKAGE = [
  'contract',
  'random',
  'formats',
  'failpoints',
  'bptt',
  'libtensorflow',
  'engines',
  'tasks',
  'trainer',
  'diagnosis',
  'telemetry',
  'exports',
  'artifacts',
  'store',
  'history',
  'client',
  'runtime',
  'datasets',
]

/** @type {Record<string, Row>} */
export const LAW = {
  'packages/contract': { own: [], outside: ['typebox'], node: false },
  'packages/random': { own: [], outside: [], node: false },
  'packages/formats': { own: [], outside: [], node: false },
  'packages/failpoints': { own: [], outside: [], node: true },
  'packages/bptt': { own: ['contract', 'random'], outside: [], node: false },
  'packages/libtensorflow': { own: ['contract'], outside: ['@tensorflow/'], node: true },
  'packages/engines': {
    own: ['bptt', 'contract', 'random', 'libtensorflow'],
    outside: ['@tensorflow/', '@bufbuild/protobuf'],
    node: true,
  },
  'packages/datasets': {
    own: ['contract'],
    outside: ['apache-arrow', 'csv-parse', 'fzstd', 'hyparquet', 'hyparquet-compressors', 'jsonc-parser', 'yauzl'],
    node: true,
  },
  'packages/tasks': { own: ['contract', 'random', 'bptt'], outside: [], node: true },
  'packages/trainer': { own: ['contract', 'bptt', 'tasks'], outside: [], node: true, testOwn: ['engines'] },
  'packages/exports': {
    own: ['contract', 'formats', 'random', 'bptt', 'engines', 'tasks', 'trainer'],
    outside: ['@bufbuild/protobuf', 'onnx-buf'],
    node: true,
  },
  'packages/diagnosis': { own: ['contract'], outside: [], node: false },
  'packages/telemetry': { own: [], outside: ['prom-client', '@opentelemetry/'], node: true },
  'packages/artifacts': { own: ['contract', 'formats', 'failpoints'], outside: ['aws4fetch', 'typebox'], node: true },
  'packages/store': { own: ['contract', 'failpoints'], outside: ['ioredis', 'bullmq', 'msgpackr'], node: true },
  'packages/history': { own: ['contract', 'store', 'artifacts'], outside: ['apache-arrow'], node: true },
  'packages/runtime': {
    own: ['bptt', 'formats', 'engines', 'exports'],
    outside: [],
    node: false,
    testOwn: ['contract'],
  },
  'packages/client': { own: ['contract'], outside: ['@uwdata/flechette', 'eventsource-parser'], node: false },
  'apps/api': {
    own: [
      'contract',
      'random',
      'failpoints',
      'store',
      'artifacts',
      'datasets',
      'exports',
      'tasks',
      'history',
      'diagnosis',
      'telemetry',
    ],
    outside: [
      'fastify',
      '@fastify/',
      'fastify-plugin',
      '@bull-board/',
      'find-my-way',
      'negotiator',
      'typebox',
      'env-schema',
      'pino',
      'close-with-grace',
      'ipaddr.js',
      'jose',
    ],
    node: true,
    testOwn: ['client', 'formats'],
  },
  'apps/worker': {
    own: [
      'contract',
      'failpoints',
      'store',
      'artifacts',
      'datasets',
      'history',
      'bptt',
      'libtensorflow',
      'engines',
      'tasks',
      'trainer',
      'exports',
      'diagnosis',
      'telemetry',
    ],
    outside: ['typebox', 'env-schema', 'pino', 'close-with-grace'],
    node: true,
  },
  'apps/cli': {
    own: ['client', 'exports'],
    outside: ['apache-arrow', 'hyparquet', 'fastest-levenshtein', 'hyparquet-writer', '@bufbuild/protobuf'],
    node: true,
  },
  'apps/dashboard': { own: ['client'], outside: ['uplot'], node: false },
  'apps/site': { own: [], outside: ['markdown-it', 'temml', 'minisearch'], node: true },
  bench: { own: EVERY_PACKAGE, outside: ['playwright-core'], node: true },
  test: { own: EVERY_PACKAGE, outside: TEST_OUTSIDE, node: true },
}
