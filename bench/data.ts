import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statfsSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bench, count } from './command.ts'
import { compareSteps } from './dataset_steps.ts'
import { outOption, report } from './results.ts'
import { startService, type Service } from './service.ts'
import { dataTable, type DataResult } from './tables/data.ts'

const MEGABYTE = 1e6
const KIBIBYTES_PER_MEBIBYTE = 1024
const LINES = 4000
const PROBE_MS = 20
const TMPFS = 0x01_02_19_94
const SINK = fileURLToPath(new URL('./load/sink.js', import.meta.url))

const COMMAND = {
  name: 'data',
  question:
    'How fast does the API take JSONL and text, beside JSON.parse and sha256 over the same bytes and a server that only hashes and writes them, in how much memory, and how long do polls wait meanwhile? How long does a step on a data set take, beside one on a task?',
  options: {
    megabytes: count(2_000, 'of each upload'),
    pairs: count(10, 'runs on a task and on a data set of the same shapes'),
    out: outOption('data'),
  },
} as const

/** Sequences of 20 steps of 12 numbers, as spoken vowels have. */
function jsonLines(digits: (value: number) => number): string[] {
  return Array.from({ length: LINES }, (_, n) => {
    const inputs = Array.from({ length: 20 }, (_step, t) =>
      Array.from({ length: 12 }, (_feature, x) => digits(Math.sin(n * 7919 + t * 104_729 + x * 31))),
    )
    return JSON.stringify({ inputs, label: String(n % 9) })
  })
}

function textBlock(): string {
  const words = Array.from({ length: 200_000 }, (_, n) => ['the', 'of', 'Whale,', 'sea.\n', 'and', 'Ahab'][(n * 7) % 6])
  return words.join(' ')
}

interface Upload {
  format: string
  type: string
  block: Buffer
  against: string
  /** Does to a block what the upload is compared with. */
  compare: () => void
}

function uploads(): Upload[] {
  const text = Buffer.from(textBlock())
  return [
    jsonUpload('JSONL, 6 decimals', (value) => Number(value.toFixed(6))),
    jsonUpload('JSONL, all digits', (value) => value),
    {
      format: 'text',
      type: 'text/plain',
      block: text,
      against: 'sha256',
      compare: () => createHash('sha256').update(text).digest(),
    },
  ]
}

function jsonUpload(format: string, digits: (value: number) => number): Upload {
  const lines = jsonLines(digits)
  return {
    format,
    type: 'application/jsonl',
    block: Buffer.from(`${lines.join('\n')}\n`),
    against: 'JSON.parse',
    compare: () => {
      for (const line of lines) JSON.parse(line)
    },
  }
}

await bench(COMMAND, async ({ megabytes, pairs, out }) => {
  process.env['UNROLL_MAX_DATASET_BYTES'] = String(2 ** 40)
  const { base, pid, folder, stop } = await startService()
  try {
    const rows: DataResult['rows'][number][] = []
    for (const upload of uploads()) rows.push(await measured(upload, megabytes * MEGABYTE, { base, pid, folder }))
    const steps = await compareSteps(pairs)
    report<Pick<DataResult, 'kept' | 'rows' | 'steps'>>(
      out,
      { versions: {}, kept: placeKept(), rows, steps },
      dataTable,
    )
  } finally {
    await stop()
  }
})

/** Where the data sets lie: what a disk takes a second is measured as well, unless TMPDIR is a folder in memory. */
function placeKept(): DataResult['kept'] {
  return statfsSync(tmpdir()).type === TMPFS ? 'memory' : 'disk'
}

async function measured(
  { format, type, block, against, compare }: Upload,
  bytes: number,
  { base, pid, folder }: Pick<Service, 'base' | 'pid' | 'folder'>,
): Promise<DataResult['rows'][number]> {
  const blocks = Math.max(1, Math.round(bytes / block.length))
  const before = secondsPerBlock(compare, blocks)
  const watched = watch(base, pid)
  const start = performance.now()
  const { status, location, body } = await send(`${base}/v1/datasets?name=bench`, type, block, blocks)
  const seconds = (performance.now() - start) / 1000
  if (status !== 201) throw new Error(body)
  await fetch(`${base}${location}`, { method: 'DELETE' })
  const { rss, livez } = await watched()
  const bare = await secondsOfSink(folder, block, blocks)
  const compared = (blocks * (before + secondsPerBlock(compare, blocks))) / 2
  return {
    format,
    megabytes: (blocks * block.length) / MEGABYTE,
    seconds,
    against,
    ratio: compared / seconds,
    bare_ratio: compared / bare,
    rss_mib: rss,
    livez_ms: livez,
  }
}

/** How long the same upload takes to a server that only hashes and writes it. */
async function secondsOfSink(folder: string, block: Buffer, times: number): Promise<number> {
  const sink = fork(SINK, [join(folder, 'sink')])
  try {
    const [port] = (await once(sink, 'message')) as [number]
    const start = performance.now()
    const { status, body } = await send(`http://127.0.0.1:${port}/`, 'application/octet-stream', block, times)
    if (status !== 201) throw new Error(body)
    return (performance.now() - start) / 1000
  } finally {
    sink.disconnect()
  }
}

/** Uploads a block several times over, at the cost of a client that has it in memory. */
async function send(
  url: string,
  type: string,
  block: Buffer,
  times: number,
): Promise<{ status: number; location: string; body: string }> {
  const headers = { 'content-type': type, 'content-length': block.length * times }
  const upload = request(url, { method: 'POST', headers })
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>
  for (let time = 0; time < times; time++)
    if (!upload.write(block)) await Promise.race([once(upload, 'drain'), answered])
  upload.end()
  const [response] = await answered
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode ?? 0, location: response.headers.location ?? '', body }
}

/** Over at most a tenth of the blocks, of which all are alike. */
function secondsPerBlock(compare: () => void, blocks: number): number {
  const times = Math.max(1, Math.ceil(blocks / 10))
  compare() // compiled by now
  const start = performance.now()
  for (let time = 0; time < times; time++) compare()
  return (performance.now() - start) / 1000 / times
}

/** Follows memory and answers of the API until what it gives is called. */
function watch(base: string, pid: number): () => Promise<{ rss: number; livez: number }> {
  const end = new AbortController()
  const done = (async () => {
    let [rss, livez] = [0, 0]
    while (!end.signal.aborted) {
      rss = Math.max(rss, Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
      const start = performance.now()
      await (await fetch(`${base}/livez`)).text()
      livez = Math.max(livez, performance.now() - start)
      await sleep(PROBE_MS)
    }
    return { rss: rss / KIBIBYTES_PER_MEBIBYTE, livez }
  })()
  return () => {
    end.abort()
    return done
  }
}
