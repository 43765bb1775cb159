import { setTimeout as sleep } from 'node:timers/promises'
import { bench, count } from './command.ts'
import { outOption, report } from './results.ts'
import { startService } from './service.ts'
import { badBodiesTable, type BadBodiesResult } from './tables/bad_bodies.ts'

const MEBIBYTE = 2 ** 20
const JOB = { model: { cell: 'lstm' }, data: { task: 'adding' } }

const COMMAND = {
  name: 'bad-bodies',
  question:
    'How long does the API take to refuse a hostile body of up to 1 MiB, and how long does GET /livez wait meanwhile?',
  options: {
    rounds: count(10, 'how often each body is sent'),
    out: outOption('bad_bodies'),
  },
} as const

type Row = BadBodiesResult['rows'][number]

const fields = (n: number): object => Object.fromEntries(Array.from({ length: n }, (_, at) => [`x${at}`, 1]))
const seeds = Array.from({ length: 256 }, (_, at) => at)
const sweep = (template: object, space: object): object => ({
  template,
  space: { 'training.seed': { values: seeds }, ...space },
})

/** What is sent: the path, and the body as text. */
const BODIES: Record<string, readonly [path: string, text: string]> = {
  'job, 80,000 unknown fields': ['/v1/jobs', JSON.stringify({ ...JOB, ...fields(80_000) })],
  'job, 9,000 unknown fields': ['/v1/jobs', JSON.stringify({ ...JOB, ...fields(9_000) })],
  'job, 9,000 pairs of metadata': ['/v1/jobs', JSON.stringify({ ...JOB, metadata: fields(9_000) })],
  'job, 9,000 fields in a number': ['/v1/jobs', JSON.stringify({ ...JOB, sequence_length: fields(9_000) })],
  'job, a name of 1 MB': ['/v1/jobs', JSON.stringify({ ...JOB, name: 'x'.repeat(1_000_000) })],
  'JSON that ends early, 1 MB': ['/v1/jobs', `{"name": "${'x'.repeat(1_000_000)}`],
  'JSON wrong at its end, 9,000 fields': ['/v1/jobs', JSON.stringify(fields(9_000)).replace(/\}$/, ',}')],
  '500,000 lists within each other': ['/v1/jobs', '['.repeat(500_000)],
  'sweep of 256, 80,000 unknown fields': ['/v1/sweeps', JSON.stringify(sweep({ ...JOB, ...fields(80_000) }, {}))],
  'sweep of 256, 9,000 unknown fields': ['/v1/sweeps', JSON.stringify(sweep({ ...JOB, ...fields(9_000) }, {}))],
  'sweep of 256, 9,000 in a part that trials choose': [
    '/v1/sweeps',
    JSON.stringify(sweep({ ...JOB, model: fields(9_000) }, { 'model.cell': { values: ['rnn'] } })),
  ],
  'sweep of 256, every trial at fault': [
    '/v1/sweeps',
    JSON.stringify(sweep(JOB, { 'optimizer.learning_rate': { values: [fields(900)] } })),
  ],
}

await bench(COMMAND, async ({ rounds, out }) => {
  const { base, stop } = await startService()
  try {
    const rows: Row[] = []
    for (const [body, [path, text]] of Object.entries(BODIES)) {
      await measured(`${base}${path}`, text, base) // compiled by now
      const cpu = await cpuOf(base)
      const taken = []
      for (let round = 0; round < rounds; round++) taken.push(await measured(`${base}${path}`, text, base))
      const refusals = taken.map(({ refusal }) => refusal).toSorted((a, b) => a - b)
      rows.push({
        body,
        mebibytes: Buffer.byteLength(text) / MEBIBYTE,
        status: taken[0]?.status ?? 0,
        refusal_ms: { median: refusals[Math.floor(rounds / 2)] ?? NaN, most: refusals.at(-1) ?? NaN },
        cpu_ms: ((await cpuOf(base)) - cpu) / rounds,
        wait_ms: Math.max(...taken.map(({ wait }) => wait)),
      })
    }
    report<Pick<BadBodiesResult, 'rows' | 'rounds'>>(out, { versions: {}, rounds, rows }, badBodiesTable)
  } finally {
    await stop()
  }
})

/** Milliseconds until a body is refused, and of the longest `GET /livez` of those that follow each other until then. */
async function measured(
  url: string,
  body: string,
  base: string,
): Promise<{ status: number; refusal: number; wait: number }> {
  const refused = new AbortController()
  const watch = longestWait(base, refused.signal)
  await sleep(5) // the watch is on
  const start = performance.now()
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await answer.arrayBuffer()
  const refusal = performance.now() - start
  refused.abort()
  if (answer.status < 400 || answer.status >= 500)
    throw new Error(`Got ${answer.status} from ${url}: a refusal is wanted`)
  return { status: answer.status, refusal, wait: await watch }
}

async function longestWait(base: string, until: AbortSignal): Promise<number> {
  let longest = 0
  while (!until.aborted) {
    const start = performance.now()
    await (await fetch(`${base}/livez`)).arrayBuffer()
    longest = Math.max(longest, performance.now() - start)
    await sleep(1)
  }
  return longest
}

/** CPU that the API process has taken so far, in milliseconds. */
async function cpuOf(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text()
  return 1e3 * Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1] ?? NaN)
}
