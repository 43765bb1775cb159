import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { launch } from './testing/launch.mjs'

/** @import { Ending } from './testing/launch.mjs' */

/** What the workers of these tests join. @type {Awaited<ReturnType<typeof startService>>} */
let service
/** @type {(() => Promise<void>)[]} */
const endings = []
before(async () => (service = await startService({ after: (action) => endings.push(action) })))
after(async () => {
  for (const end of endings) await end()
})

/** @type {{ command: string, told: RegExp }[]} */
const HELPS = [
  {
    command: 'start',
    told: /^npm start: [^]*REDIS_URL="\$\(cat \.unroll\/redis\/url\)" UNROLL_ARTIFACTS=.* npm run worker$/m,
  },
  { command: 'api', told: /^npm run api: [^]*^ {2}REDIS_URL [^]*^ {2}UNROLL_ARTIFACTS /m },
  { command: 'worker', told: /^npm run worker: [^]*^ {2}REDIS_URL [^]*^ {2}UNROLL_ARTIFACTS [^]*^ {2}UNROLL_ENGINE /m },
]
for (const { command, told } of HELPS)
  test(`tools/${command}.mjs --help says what it does, and what is to be set`, async (t) => {
    const { exit, output } = launch(t, command, { args: ['--help'] })
    assert.deepEqual(await exit, [0, null])
    assert.match(output(), told)
  })

test('npm run worker refuses what it cannot understand, and a fleet that it is not told of', async (t) => {
  const unknown = launch(t, 'worker', { args: ['--slots', '2'] })
  assert.deepEqual(await unknown.exit, [2, null])
  assert.match(unknown.output(), /^Cannot understand "--slots": settings are environment variables$/m)
  const untold = launch(t, 'worker')
  assert.deepEqual(await untold.exit, [1, null])
  assert.match(
    untold.output(),
    /^Cannot join a fleet without these settings\n {2}REDIS_URL: .*\n {2}UNROLL_ARTIFACTS: .*$/m,
  )
})

test('npm run worker joins the Redis and the artifacts of npm start, takes jobs, and stops on Ctrl-C', async (t) => {
  const worker = launch(t, 'worker', { env: { ...service.fleet, UNROLL_ENGINE: 'wasm' } })
  await until(() => worker.output().includes('The worker takes jobs'), worker)
  assert.match(worker.output(), /^ {2}\[worker\] ✓ Artifacts: file:.* can be written and read$/m)
  assert.match(worker.output(), /^ {2}\[worker\] ✓ Redis: (?:Valkey|Redis) [\d.]+ at 127\.0\.0\.1:\d+$/m)
  assert.match(worker.output(), /^ {2}\[worker\] ✓ Fleet: worker [\d.]+ joins the API [\d.]+ on .+$/m)
  assert.match(worker.output(), /^ {2}\[worker\] ✓ Engine: tfjs on wasm$/m)
  const answer = await (await fetch(`${service.address}/v1/workers`)).text()
  assert.equal(JSON.parse(answer).data.length, 2)
  assert.deepEqual(await worker.interrupt(), [0, null])
  assert.match(worker.output(), /Stopping worker\n {2}Stopped\n$/)
})

test('npm run worker ends with one sentence where it does not fit the fleet', async (t) => {
  const { REDIS_URL } = service.fleet
  /** @type {{ given: Record<string, string>, told: RegExp }[]} */
  const cases = [
    {
      given: { UNROLL_ARTIFACTS: `file:${join(service.folder, 'elsewhere')}` },
      told: /UNROLL_ARTIFACTS must be the place where the API .* keeps its artifacts: current value is "file:.*elsewhere", which is another$/m,
    },
    {
      given: { REDIS_URL: REDIS_URL.replace(/:[0-9a-f]+@/, ':guessed@') },
      told: /"WRONGPASS .*REDIS_URL must carry the user and password/,
    },
    {
      given: { REDIS_URL: 'redis://127.0.0.1:1' },
      told: /Cannot open the store at "127\.0\.0\.1:1": connect ECONNREFUSED/,
    },
    { given: { UNROLL_ARTIFACTS: 'file:/dev/null/a' }, told: /Cannot write artifact .*: ENOTDIR/ },
    { given: { UNROLL_SLOTS: '0' }, told: /UNROLL_SLOTS must be >= 1/ },
  ]
  for (const { given, told } of cases) {
    const worker = launch(t, 'worker', { env: { ...service.fleet, UNROLL_ENGINE: 'wasm', ...given } })
    assert.deepEqual(await worker.exit, [1, null])
    assert.match(worker.output(), told)
    assert.match(worker.output(), /^ {2}worker has ended \(exit code 1\)\n {2}worker has never come up: giving up$/m)
    assert.doesNotMatch(worker.output(), /^ +at /m, 'no stack trace')
    assert.doesNotMatch(worker.output(), new RegExp(new URL(REDIS_URL).password), 'no password')
  }
  t.diagnostic(`${cases.length} refusals`)
})

for (const { engine, told, starts } of [
  { engine: 'auto', told: /Without it training runs on WebAssembly, several times slower/, starts: true },
  {
    engine: 'tensorflow',
    told: /Cannot start as UNROLL_ENGINE is "tensorflow" and libtensorflow cannot be provided/,
    starts: false,
  },
])
  test(`npm run worker without a compiler says so, and ${starts ? 'trains on WebAssembly' : 'does not start'} where UNROLL_ENGINE is ${engine}`, async (t) => {
    const { PATH, XDG_CACHE_HOME } = withoutCompiler(t)
    const worker = launch(t, 'worker', { env: { ...service.fleet, UNROLL_ENGINE: engine, PATH, XDG_CACHE_HOME } })
    if (starts) await until(() => worker.output().includes('The worker takes jobs'), worker)
    else assert.deepEqual(await worker.exit, [1, null])
    assert.match(worker.output(), /^ {2}! libtensorflow: Cannot provide libtensorflow as g\+\+ is not installed\. /m)
    assert.match(worker.output(), told)
    if (starts) assert.match(worker.output(), /^ {2}\[worker\] ✓ Engine: tfjs on wasm$/m)
    await worker.interrupt()
  })

/**
 * A machine that has what the PATH has but the compiler, and nothing fetched yet.
 * @param {Ending} t
 */
function withoutCompiler(t) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bare-'))
  t.after(async () => rmSync(folder, { recursive: true }))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const linked = new Set(['g++'])
  for (const place of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of namesIn(place).filter((each) => !linked.has(each))) {
      linked.add(name)
      symlinkSync(join(place, name), join(bin, name))
    }
  }
  return { PATH: bin, XDG_CACHE_HOME: join(folder, 'caches') }
}

/** @param {string} place */
function namesIn(place) {
  try {
    return readdirSync(place)
  } catch {
    return []
  }
}

/**
 * `npm start` with a worker of the fastest engine to load, and what a worker that joins it is told.
 * @param {Ending} t
 */
async function startService(t) {
  const { folder, output, ...launched } = launch(t, 'start', {
    env: { PORT: '0', UNROLL_EXAMPLES: '0', UNROLL_ENGINE: 'wasm' },
  })
  await until(() => output().includes('Unroll runs at'), { output, ...launched })
  return {
    folder,
    address: /Unroll runs at (\S+)/.exec(output())?.[1] ?? '',
    fleet: {
      REDIS_URL: readFileSync(join(folder, 'redis/url'), 'utf8').trim(),
      UNROLL_ARTIFACTS: `file:${join(folder, 'artifacts')}`,
    },
  }
}

/**
 * @param {() => boolean} condition
 * @param {{ child: import('node:child_process').ChildProcess, output: () => string }} of
 */
async function until(condition, { child, output }) {
  while (!condition()) {
    assert.equal(child.exitCode, null, output())
    await sleep(20)
  }
}
