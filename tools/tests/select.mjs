/** Groups of test files in running order; a file belongs to the first one whose pattern it matches. @type {[name: string, pattern: RegExp][]} */
const GROUPS = [
  ['unit', /^(?:packages|apps|tools\/(?!(?:start|worker)\.))/],
  ['gradcheck', /^test\/gradcheck\//],
  ['conformance', /^test\/conformance\//],
  ['integration', /^test\/(?!e2e\/)/],
  ['e2e', /^(?:test\/e2e\/|tools\/(?:start|worker)\.)/],
]

/** Files that wait for runs of some minutes, which train behind everything else: begun before all others, so that none is left alone at the end. */
const FIRST = ['test/e2e/guide.']

/** Files that take long, the longest first: begun before the others of their group, so that none is left alone at the end. */
const LONG = [
  'test/conformance/bidirectional.', // with all that share its process
  'test/conformance/recompute.',
  'test/conformance/agreement.',
  'test/training/resume.',
  'test/chaos/',
  'tools/start.',
  'test/e2e/fleet_guide.',
  'tools/worker.',
  'test/e2e/dashboard.',
  'test/e2e/fleet.',
  'test/e2e/cli.',
  'test/e2e/control.',
  'test/e2e/checkpoints.',
]

/** Where each folder's sources are compiled to. @type {[source: RegExp, output: string][]} */
const OUTPUTS = [
  [/^apps\/dashboard\/src\//, 'apps/dashboard/compiled/dist/'], // its dist is the page that the API serves
  [/^((?:packages|apps)\/[^/]+)\/src\//, '$1/dist/'],
  [/^test\//, 'test/dist/'],
]

/**
 * Chooses and orders the test files.
 * @param {string[]} paths sources of the repository, relative to it
 * @param {string[]} wanted names of groups or parts of paths; none means all
 * @returns {string[]} the test files among `paths` that match any of `wanted`, in running order
 */
export function selectTests(paths, wanted = []) {
  const tests = paths.filter((path) => /\.test\.(?:ts|mjs)$/.test(path))
  const isWanted = (/** @type {string} */ path) =>
    wanted.some((text) => text === GROUPS[groupOf(path)][0] || path.includes(text))
  return tests
    .filter((path) => wanted.length === 0 || isWanted(path))
    .toSorted(
      (a, b) =>
        Number(isFirst(b)) - Number(isFirst(a)) ||
        groupOf(a) - groupOf(b) ||
        placeOf(a) - placeOf(b) ||
        (a < b ? -1 : 1),
    )
}

/**
 * Tests that share a process: those whose paths begin with the same text that the first matching pattern finds. To load what they
 * use takes a second or two, most of them less. Tests that wait are shared by folder, so that several wait beside each other.
 */
const SHARE = [
  /^packages\/store\/src\/(?:[^/]+\/)?/,
  /^apps\/(?:api|worker)\/src\/(?:tests\/)?(?:[^/]+\/)?/,
  /^(?:packages|apps)\/[^/]+\//,
  /^test\/(?:conformance|training)\/(?=[^/]+$)/,
]
/** Left alone: those that change their process (environment, native library), measure its memory, or take a minute each. */
const ALONE = [
  /^packages\/(?:engines|libtensorflow|store\/src\/redis)\//,
  /^test\/conformance\/(?:added_cell|agreement|memory|recompute|release)\./,
  /^test\/training\/(?:diagnosis|replay|resume)\./,
]

/**
 * Tests that compute all the time, and promise nothing about time. They run beside the others, which wait for services half
 * of theirs, and take the processor that those leave.
 */
const COMPUTING = /^(?:test\/(?:gradcheck|conformance|training)|packages\/(?:bptt|engines|tasks|trainer))\//

/** @param {string[]} tests of one process */
export function isComputing(tests) {
  return tests.every((path) => COMPUTING.test(path))
}

/**
 * Divides tests into those of one process each.
 * @param {string[]} tests in running order
 * @returns {string[][]} in the order of the first of each
 */
export function divideTests(tests) {
  /** @type {Map<string, string[]>} */
  const processes = new Map()
  for (const path of tests) {
    const name = processOf(path)
    processes.set(name, [...(processes.get(name) ?? []), path])
  }
  return [...processes.values()]
}

/**
 * The name of the process that a test runs in.
 * @param {string} path
 */
function processOf(path) {
  if (ALONE.some((pattern) => pattern.test(path))) return path
  const [found = path] = SHARE.flatMap((pattern) => pattern.exec(path)?.[0] ?? [])
  return found
}

/** @param {string} path */
function isFirst(path) {
  return FIRST.some((start) => path.startsWith(start))
}

/** @param {string} path */
function groupOf(path) {
  return GROUPS.findIndex(([, pattern]) => pattern.test(path))
}

/** @param {string} path */
function placeOf(path) {
  const place = LONG.findIndex((start) => path.startsWith(start))
  return place === -1 ? LONG.length : place
}

/**
 * Where the compiler puts a test. Starting from sources keeps the left-over output of deleted tests from running.
 * @param {string} path
 */
export function compiledPath(path) {
  const [source, output] = OUTPUTS.find(([pattern]) => pattern.test(path)) ?? [/^/, '']
  return path.replace(source, output).replace(/\.ts$/, '.js')
}
