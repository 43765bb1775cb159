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
  '@20minutes/s3rver',
]

const EVERY_PACKAGE = [
  'spec',
  'random',
  'formats',
  'faults',
  'bptt',
  'libtensorflow',
  'engines',
  'tasks',
  'trainer',
  'diagnosis',
  'telemetry',
  'artifacts',
  'store',
  'history',
  'client',
]

/** @type {Record<string, Row>} */
export const LAW = {
  'packages/spec': { own: [], outside: ['typebox'], node: false },
  'packages/random': { own: [], outside: [], node: false },
  'packages/formats': { own: [], outside: [], node: false },
  'packages/faults': { own: [], outside: [], node: true },
  'packages/bptt': { own: ['spec', 'random'], outside: [], node: false },
  'packages/libtensorflow': { own: ['spec'], outside: ['@tensorflow/'], node: true },
  'packages/engines': {
    own: ['bptt', 'spec', 'random', 'libtensorflow'],
    outside: ['@tensorflow/', '@bufbuild/protobuf'],
    node: true,
  },
  'packages/tasks': { own: ['spec', 'random', 'bptt'], outside: [], node: true },
  'packages/trainer': { own: ['spec', 'bptt', 'tasks'], outside: [], node: true, testOwn: ['engines'] },
  'packages/diagnosis': { own: ['spec'], outside: [], node: false },
  'packages/telemetry': { own: [], outside: ['prom-client', '@opentelemetry/'], node: true },
  'packages/artifacts': { own: ['spec', 'formats', 'faults'], outside: ['aws4fetch', 'typebox'], node: true },
  'packages/store': { own: ['spec', 'faults'], outside: ['ioredis', 'bullmq', 'msgpackr'], node: true },
  'packages/history': { own: ['spec', 'store', 'artifacts'], outside: ['apache-arrow'], node: true },
  'packages/client': { own: ['spec'], outside: [], node: false },
  'apps/api': {
    own: ['spec', 'random', 'faults', 'store', 'artifacts', 'history', 'diagnosis', 'telemetry'],
    outside: [
      'fastify',
      '@fastify/',
      'fastify-plugin',
      '@bull-board/',
      'typebox',
      'env-schema',
      'pino',
      'close-with-grace',
    ],
    node: true,
    testOwn: ['client'],
  },
  'apps/worker': {
    own: [
      'spec',
      'faults',
      'store',
      'artifacts',
      'history',
      'bptt',
      'libtensorflow',
      'engines',
      'tasks',
      'trainer',
      'diagnosis',
      'telemetry',
    ],
    outside: ['typebox', 'env-schema', 'pino', 'close-with-grace'],
    node: true,
  },
  'apps/cli': { own: ['client'], outside: [], node: true },
  'apps/dashboard': { own: ['client'], outside: ['uplot'], node: false },
  bench: { own: EVERY_PACKAGE, outside: [], node: true },
  test: { own: EVERY_PACKAGE, outside: TEST_OUTSIDE, node: true },
}
