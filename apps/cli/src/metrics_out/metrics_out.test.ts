import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { Job } from '@unroll/client'
import { tableFromIPC } from 'apache-arrow'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { arrowChunks } from './arrow.ts'
import { csvChunks } from './csv.ts'
import { TrackingServer } from './mlflow/tracking_server.ts'
import { trackRun } from './mlflow/tracked_run.ts'
import { writeWhole } from './output_file.ts'
import { parquetChunks } from './parquet.ts'
import type { Run, RunBatch } from './run_rows.ts'
import { eventFileChunks } from './tensorboard/event_file.ts'
import { countHistogram } from './histogram.ts'
import { crc32c } from './tensorboard/record_file.ts'

const LOSS = [0.1, NaN, Infinity, -Infinity, null, 1e300]
const FLOW = [[-1.5, -Infinity, NaN], null, [null, null, 2], null, null, [Infinity, 0, 1e-6]]
const STEPS = [1, 2, 3, 4, 5, 6]
const JOB = {
  id: 'job_1',
  name: 'by hand',
  status: 'succeeded',
  created_at: '2026-11-28T10:00:00.000Z',
  started_at: '2026-11-28T10:00:01.000Z',
  finished_at: '2026-11-28T10:00:02.000Z',
  spec: { model: { cell: 'lstm' }, seed: 1, list: [1, 2], long: 'x'.repeat(6_001) },
  metadata: { team: 'vision', 'a,b': 'c' },
} as unknown as Job

function batch(rows: readonly number[]): RunBatch {
  const taken = <Value>(values: readonly Value[]): Value[] => rows.map((row) => values[row]!)
  return {
    steps: taken(STEPS),
    times: rows.map((row) => 1_000.4 + row),
    numbers: new Map([['loss', taken(LOSS)]]),
    lists: new Map([['flow/layers.0.h', taken(FLOW)]]),
  }
}

/** A run in two batches; the second series has no value in either. */
function exampleRun(): Run {
  async function* batches() {
    yield batch([0, 1, 2, 3])
    yield batch([4, 5])
  }
  return { job: JOB, numbers: ['loss', 'grad_norm/layers.0.Wh'], lists: ['flow/layers.0.h'], batches: batches() }
}

async function gathered(chunks: AsyncIterable<Uint8Array | string>): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts)
}

test('csvChunks() has a line for each step, with NaN and Infinity as words and lists as JSON', async () => {
  assert.deepEqual((await gathered(csvChunks(exampleRun()))).toString().split('\n'), [
    'step,loss,grad_norm/layers.0.Wh,flow/layers.0.h',
    '1,0.1,,"[-1.5,-Infinity,NaN]"',
    '2,NaN,,',
    '3,Infinity,,"[null,null,2]"',
    '4,-Infinity,,',
    '5,,,',
    '6,1e+300,,"[Infinity,0,0.000001]"',
    '',
  ])
})

test('arrowChunks() and parquetChunks() write whole rows: every number, NaN, Infinity, null and list comes back', async () => {
  const table = tableFromIPC(await gathered(arrowChunks(exampleRun())))
  assert.equal(table.schema.metadata.get('unroll.job'), 'job_1')
  const fromArrow = table.toArray().map((row) => {
    const { step, loss, 'grad_norm/layers.0.Wh': norm, 'flow/layers.0.h': flow } = row.toJSON()
    return [step, loss, norm, flow === null ? null : [...flow]]
  })
  const bytes = await gathered(parquetChunks(exampleRun()))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const fromParquet = (await parquetReadObjects({ file })).map((row) => Object.values(row))
  const expected = STEPS.map((step, row) => [step, LOSS[row], null, FLOW[row]])
  assert.deepEqual(fromArrow, expected)
  assert.deepEqual(fromParquet, expected)
  const columns = parquetMetadata(file).row_groups.flatMap((group) => group.columns)
  assert.ok(columns.length > 0)
  assert.ok(columns.every(({ meta_data }) => meta_data !== undefined && meta_data.statistics === undefined))
})

/** The vectors of RFC 3720, B.4. */
const CHECKSUMS: [bytes: Uint8Array, crc: number][] = [
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  [Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
]
test('crc32c() gives the checksums of RFC 3720', () => {
  for (const [bytes, crc] of CHECKSUMS) assert.equal(crc32c(bytes), crc)
})

/** Numbers of the fields `simple_value` by step and tag, read from the records of an event file. */
function scalarsIn(file: Buffer): Record<number, Record<string, number>> {
  const found: Record<number, Record<string, number>> = {}
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at))
    const event = readFields(file.subarray(at + 12, at + 12 + length))
    at += 16 + length
    const summaries = event.get(5) ?? []
    const values = summaries.flatMap((summary) => readFields(summary as Uint8Array).get(1) ?? [])
    const scalars = values.map((value) => readFields(value as Uint8Array)).filter((fields) => fields.has(2))
    const named = scalars.map((fields) => [String(Buffer.from(fields.get(1)![0] as Uint8Array)), fields.get(2)![0]])
    if (named.length > 0) found[Number(event.get(2)?.[0] ?? 0)] = Object.fromEntries(named) as Record<string, number>
  }
  return found
}

function readFields(bytes: Uint8Array): Map<number, (Uint8Array | number)[]> {
  const reader = new BinaryReader(bytes)
  const fields = new Map<number, (Uint8Array | number)[]>()
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    const value =
      type === WireType.LengthDelimited
        ? reader.bytes()
        : type === WireType.Bit32
          ? reader.float()
          : type === WireType.Bit64
            ? reader.double()
            : Number(reader.int64())
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

test('eventFileChunks() writes every number as float32 at its step, and nothing where nothing was measured', async () => {
  assert.deepEqual(scalarsIn(await gathered(eventFileChunks(exampleRun()))), {
    1: { loss: Math.fround(0.1) },
    2: { loss: NaN },
    3: { loss: Infinity },
    4: { loss: -Infinity },
    6: { loss: Infinity },
  })
})

test('countHistogram() counts every finite value once, and gives none without any', () => {
  assert.equal(countHistogram([NaN, Infinity, -Infinity]), undefined)
  const { min, max, count, counts, edges } = countHistogram([3, 1, NaN, 2, 3, -Infinity])!
  assert.deepEqual([min, max, count], [1, 3, 4])
  assert.equal(
    counts.reduce((sum, of) => sum + of),
    4,
  )
  assert.deepEqual([counts[0], counts.at(-1), edges.length, edges.at(-1)], [1, 2, 30, 3])
  assert.deepEqual(countHistogram([2, 2])?.counts, [2])
})

test('writeWhole() leaves no file behind when the rows end in an error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-metrics-out-'))
  async function* broken() {
    yield 'step\n'
    throw new Error('gone')
  }
  await assert.rejects(writeWhole(join(folder, 'run.csv'), broken()), /gone/)
  assert.deepEqual(await readdir(folder), [])
  await rm(folder, { recursive: true })
})

describe('trackRun()', () => {
  const calls: { path: string; body: { metrics?: object[]; params?: { key: string; value: string }[] } }[] = []
  let refused = ''
  let server: Server
  let uri = ''
  const answers: Record<string, object> = {
    'experiments/create': { experiment_id: '7' },
    'runs/create': { run: { info: { run_id: 'r1', artifact_uri: 'mlflow-artifacts:/7/r1/artifacts' } } },
  }
  before(async () => {
    server = createServer(async (request: IncomingMessage, response) => {
      const path = request.url!.replace(/^\/api\/2.0\/(?:mlflow\/)?/, '').replace(/\?.*/, '')
      const body = request.method === 'POST' ? ((await json(request)) as (typeof calls)[number]['body']) : {}
      calls.push({ path, body })
      const status = path === 'experiments/get-by-name' ? 404 : path === refused ? 400 : 200
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(status === 400 ? { message: 'not so' } : (answers[path] ?? {})))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  after(() => server.close())

  /** A run of 2,500 steps in one batch. */
  async function longRun(): Promise<Run> {
    const steps = Array.from({ length: 2_500 }, (_, at) => at + 1)
    async function* batches() {
      yield { steps, times: steps, numbers: new Map([['loss', steps]]), lists: new Map() }
    }
    return { job: JOB, numbers: ['loss'], lists: [], batches: batches() }
  }

  async function tracked(openRun: () => Promise<Run>) {
    calls.length = 0
    const tracking = new TrackingServer({ uri, token: undefined, signal: new AbortController().signal })
    return await trackRun(tracking, { openRun, experiment: 'unroll' })
  }

  test('sends parameters, every metric in batches within the limits, the rows as a file, and the end', async () => {
    refused = ''
    assert.deepEqual(await tracked(longRun), { run: 'r1', metrics: 2_500, hasRows: true })
    assert.deepEqual(
      calls.map(({ path }) => path),
      [
        'experiments/get-by-name',
        'experiments/create',
        'runs/create',
        'runs/log-batch',
        'runs/log-batch',
        'runs/log-batch',
        'runs/log-batch',
        'mlflow-artifacts/artifacts/7/r1/artifacts/run.parquet',
        'runs/update',
      ],
    )
    assert.deepEqual(calls.map(({ body }) => body.metrics?.length ?? 0).filter(Boolean), [1_000, 1_000, 500])
    assert.deepEqual(calls[3]?.body.params, [
      { key: 'model.cell', value: 'lstm' },
      { key: 'seed', value: '1' },
      { key: 'list', value: '[1,2]' },
    ])
  })

  test('names numbers that JSON cannot carry, and skips what was not measured', async () => {
    refused = ''
    await tracked(async () => exampleRun())
    assert.deepEqual(
      calls.flatMap(({ body }) => body.metrics ?? []),
      [
        { key: 'loss', value: 0.1, timestamp: 1_000, step: 1 },
        { key: 'loss', value: 'NaN', timestamp: 1_001, step: 2 },
        { key: 'loss', value: 'Infinity', timestamp: 1_002, step: 3 },
        { key: 'loss', value: '-Infinity', timestamp: 1_003, step: 4 },
        { key: 'loss', value: 1e300, timestamp: 1_005, step: 6 },
      ],
    )
  })

  test('deletes the run again when a call is refused, and says what the server said', async () => {
    refused = 'runs/log-batch'
    await assert.rejects(tracked(longRun), /MLflow refuses POST mlflow\/runs\/log-batch with 400: not so/)
    assert.equal(calls.at(-1)?.path, 'runs/delete')
  })
})
