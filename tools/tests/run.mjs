import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from 'node:test'
import { pathToFileURL } from 'node:url'

import { provideBuild } from '../provision/build.mjs'
import { provideAxe } from '../provision/axe.mjs'
import { provideChromium } from '../provision/chromium.mjs'
import { provideDependencies } from '../provision/dependencies.mjs'
import { provideLibtensorflow } from '../provision/libtensorflow.mjs'
import { provideRedis } from '../provision/redis.mjs'
import { listFiles, root } from '../repository.mjs'
import { startRedis } from '../service/redis.mjs'
import { engineEnvironment } from './engine.mjs'
import { dearest, readSpent } from './processor.mjs'
import { summaryLast } from './report.mjs'
import { compiledPath, divideTests, isComputing, selectTests } from './select.mjs'

const PRELOAD = new URL('./preload.mjs', import.meta.url).href
/** On 2 cores: of processes with services many wait for a lease, a timer or a reader that is slow on purpose. */
const CONCURRENT = { serving: 3, computing: 2 }
/** Of processes that compute: behind services and what they train. */
const COMPUTING_NICENESS = 15
const FILE_LIMIT_MS = 1_200_000
/** How many processes the summary names with the processor time that they took. */
const DEAREST = 20

/**
 * Runs test files, and ends its output with the runner's summary.
 * @param {string[]} wanted names of groups or parts of paths; none means all
 * @returns {Promise<number>} the exit code
 * @throws {RangeError} when no file matches
 */
export async function runTests(wanted) {
  const tests = selectTests(listFiles(), wanted)
  if (tests.length === 0) throw new RangeError(`Cannot test as no test file matches "${wanted.join(' ')}"`)
  await provideDependencies()
  await provideBuild()
  const server = await provideRedis()
  if (tests.some((path) => /playwright-core|CHROMIUM_PATH/.test(readFileSync(join(root, path), 'utf8')))) {
    process.env.CHROMIUM_PATH = await provideChromium()
    process.env.AXE_PATH = await provideAxe()
  }
  const folder = mkdtempSync(join(tmpdir(), 'unroll-test-'))
  const restricted = engineEnvironment(process.env, folder)
  Object.assign(process.env, restricted)
  if (restricted.UNROLL_ENGINE === undefined) await provideLibtensorflow()
  else console.log(`  … Without libtensorflow, as UNROLL_TEST_ENGINE is ${restricted.UNROLL_ENGINE}`)
  const redis = await startRedis({ server, folder, onGiveUp: () => {} })
  const cleanUp = async () => {
    await redis.child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void cleanUp().finally(() => process.exit(1)))
  process.env.TEST_REDIS_URL = redis.url
  process.env.TEST_REDIS_SERVER = server // for tests that stop and restart one of their own
  process.env.UNROLL_TRAINING_NICENESS ??= '5' // behind API and Redis, but not starved by what other tests compute
  process.env.UNROLL_MOST_DELAY_MS ??= '60000' // an API whose machine does other things too sheds nothing
  process.env.UNROLL_CHILD_SILENCE_S ??= '180' // a run that is held at a failpoint neither says anything nor computes
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps --import ${PRELOAD}`.trim()
  console.log(`  Running ${tests.length} test files\n`)
  try {
    return await runFiles(folder, divideTests(tests))
  } finally {
    await cleanUp()
  }
}

/**
 * Runs two queues beside each other, and reports one after the other.
 * @param {string} folder for what is written
 * @param {string[][]} processes the tests of each, in running order
 */
async function runFiles(folder, processes) {
  /** @type {Map<string, string>} */
  const names = new Map() // of what each process tests, by the file that it runs
  const enter = (/** @type {string[]} */ paths, /** @type {number} */ niceness) => {
    const entry = entryFile(folder, `process-${names.size}`, paths, niceness)
    names.set(entry, paths.length === 1 ? paths[0] : `${commonFolder(paths)} (${paths.length} files)`)
    return entry
  }
  const computing = processes.filter(isComputing).map((paths) => enter(paths, COMPUTING_NICENESS))
  const serving = processes.filter((paths) => !isComputing(paths)).map((paths) => enter(paths, 0))
  const log = join(folder, 'processor.jsonl')
  process.env.TEST_PROCESSOR_LOG = log
  let exitCode = 0
  const queues = [
    { files: serving, concurrency: CONCURRENT.serving },
    { files: computing, concurrency: CONCURRENT.computing },
  ].filter(({ files }) => files.length > 0)
  const runs = queues.map((queue) => run({ ...queue, timeout: FILE_LIMIT_MS }))
  for (const events of runs) events.on('test:fail', () => (exitCode = 1))
  const spent = () => readSpent(log).filter(({ file }) => names.has(file))
  const closing = () => dearest(spent(), (file) => names.get(file) ?? file, DEAREST)
  for await (const text of summaryLast(runs, closing)) process.stdout.write(text)
  return exitCode
}

/**
 * The innermost folder that holds all.
 * @param {string[]} paths
 * @returns {string}
 */
function commonFolder([first = '', ...others]) {
  const folder = dirname(first)
  return others.every((path) => path.startsWith(`${folder}/`)) ? folder : commonFolder([folder, ...others])
}

/**
 * The file that a process runs: the test itself, or one that is written to import several or to step back behind others.
 * @param {string} folder for what is written
 * @param {string} name of the file
 * @param {string[]} paths of tests
 * @param {number} niceness of the process
 */
function entryFile(folder, name, paths, niceness) {
  const files = paths.map((path) => join(root, compiledPath(path)))
  if (files.length === 1 && niceness === 0) return files[0]
  const entry = join(folder, `${name}.test.mjs`)
  const lines = [
    ...(niceness === 0 ? [] : [`import { setPriority } from 'node:os'`, `setPriority(${niceness})`]),
    ...files.map((file) => `await import(${JSON.stringify(pathToFileURL(file).href)})`),
  ]
  writeFileSync(entry, lines.map((line) => `${line}\n`).join(''))
  return entry
}
