// What each command runs, and what it says.

import { secondsSince } from '../provision/step.mjs'

/** @typedef {'api' | 'worker'} App */

/**
 * Flags of Node that each app runs with. Bodies of uploads are memory outside of V8's heap: while the heap is small, V8 marks all
 * of it for every 64 MB of them, which costs the API as much time as all else that it does with an upload (Node 20, V8 11.3). The API's
 * heap is 60 MiB after its first upload: from 96 MiB on it is marked, which makes 18 marks of 1 GB of text one. A heap that may grow
 * further takes 15 MiB more. A young generation of 2 MiB keeps an upload 20 MiB smaller; with 8 MiB, 2,000 polls a second take a twelfth
 * less processor time, and are answered as fast. A young generation that is collected by hand makes polls wait.
 * @type {Record<App, string[]>}
 */
export const NODE_FLAGS = { api: ['--initial-old-space-size=96', '--max-semi-space-size=2'], worker: [] }

/**
 * Variables of glibc's malloc that each app is started with, unless they are set.
 *
 * API: the threads of an upload allocate and free in turns, and glibc keeps an arena for each of them: with two, uploads of 300 MB left
 * the API at 255 to 280 MiB in place of 276 to 318. Of two, one is the heap of the process, which gives nothing back below what is still
 * used: batches of sequences, from 256 KiB on, are mapped apart and go back at once, which leaves 40 to 50 MiB less. At the end of the
 * heap 16 MiB stay, which chunks of the socket fill again.
 *
 * Worker: each step allocates and frees the series of its window, which glibc by default gives back to the system, which clears each
 * page of it for the next step: a fifth to two thirds of the kernel's time, a tenth of a step of 100 × 32 × 128. The bytes are those from
 * which on memory is given back.
 * @type {Record<App, Record<string, string>>}
 */
export const APP_ENVIRONMENT = {
  api: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_TRIM_THRESHOLD_: '16777216' },
  worker: { MALLOC_MMAP_THRESHOLD_: '1073741824', MALLOC_TRIM_THRESHOLD_: '1073741824' },
}

/**
 * @typedef {object} Command
 * @property {App[]} apps in starting order
 * @property {boolean} joins whether it is a part of a fleet whose Redis and artifacts are elsewhere, which must be given
 * @property {string[]} projects what is compiled, with what it refers to
 * @property {string} folder within the data folder: several commands may share one
 * @property {number} starts how often a part that has never come up is started, before the command ends
 * @property {(address: string, since: number) => string} announcement once all runs
 * @property {string} help
 */

const FLEET_SETTINGS = `  REDIS_URL         the fleet's Redis, such as rediss://unroll:password@redis.example.net:6379
  UNROLL_ARTIFACTS  where the fleet keeps data sets and checkpoints: s3://bucket/prefix with AWS_ACCESS_KEY_ID and
                    AWS_SECRET_ACCESS_KEY, or file:/folder that every machine mounts there`

/** @type {Record<'start' | 'api' | 'worker', Command>} */
export const COMMANDS = {
  start: {
    apps: ['api', 'worker'],
    joins: false,
    projects: ['apps/api', 'apps/worker', 'apps/dashboard', 'apps/cli', 'apps/site'],
    folder: '',
    starts: 5,
    announcement: (address, since) => `
  Unroll runs at ${address} (started in ${secondsSince(since)})

  Open:  ${address} in a browser; documents at ${address}/docs
  Shell: npx unroll list; npx unroll watch latest
  More:  npm run worker -- --help says how other workers join
  Stop:  Ctrl-C
`,
    help: `npm start: the whole service on this machine: Redis, API with dashboard, and a worker

Installs dependencies, compiles, finds or fetches Redis and libtensorflow, and runs until Ctrl-C. Data stay in .unroll/.

Settings, as environment variables (README.md has all of them)
  HOST, PORT        where it listens: 127.0.0.1, 8080
  UNROLL_DATA_DIR   the folder for all data: .unroll
  REDIS_URL         an existing Redis or Valkey: else it runs one of its own, which this machine alone reaches
  UNROLL_ARTIFACTS  file:/folder or s3://bucket/prefix: else within the data folder

More workers
  On this machine, beside the one that runs already:
    REDIS_URL="$(cat .unroll/redis/url)" UNROLL_ARTIFACTS="file:$PWD/.unroll/artifacts" npm run worker
  On another machine: both must reach one Redis and one place of artifacts. Give REDIS_URL and UNROLL_ARTIFACTS to npm start,
  and the same to npm run worker there. docs/fleet.md goes through it step by step.`,
  },
  api: {
    apps: ['api'],
    joins: true,
    projects: ['apps/api', 'apps/dashboard', 'apps/cli', 'apps/site'],
    folder: 'api',
    starts: 1,
    announcement: (address, since) => `
  The API runs at ${address} (started in ${secondsSince(since)})

  Fleet:  npx unroll workers --url ${address}
  Stop:   Ctrl-C; workers go on
`,
    help: `npm run api: the API with its dashboard, for a fleet whose Redis and artifacts are elsewhere

Installs dependencies, compiles, and runs until Ctrl-C. Any number may run beside each other.

Settings, as environment variables (README.md has all of them)
${FLEET_SETTINGS}
  HOST, PORT        where it listens: 127.0.0.1, 8080
  UNROLL_DATA_DIR   the folder for its log: .unroll

docs/fleet.md goes from one machine to a fleet, step by step.`,
  },
  worker: {
    apps: ['worker'],
    joins: true,
    projects: ['apps/worker'],
    folder: 'worker',
    starts: 1,
    announcement: (_address, since) => `
  The worker takes jobs (ready in ${secondsSince(since)})

  Stop:  Ctrl-C; it hands its jobs back first
`,
    help: `npm run worker: a worker that trains for a fleet whose Redis and artifacts are elsewhere

Installs dependencies, compiles, provides the engine for this machine's hardware (needs Python 3 with pip and a C++ compiler;
else it trains on WebAssembly, and says so), sees that artifacts, Redis and engine work and that its version mixes with the
API's, and takes jobs until Ctrl-C.

Settings, as environment variables (README.md has all of them)
${FLEET_SETTINGS}
  UNROLL_ENGINE     auto, tensorflow, wasm or cpu: auto takes the first that starts, any other is meant, or it does not start
  UNROLL_SLOTS      jobs trained at a time: 1
  UNROLL_PREEMPTION_AFTER_S
                    seconds that a job trains before a more urgent one may have its slot: it keeps it
  UNROLL_DATA_DIR   the folder for its log: .unroll. A second worker in this folder of the repository needs another

docs/fleet.md goes from one machine to a fleet, step by step.`,
  },
}
