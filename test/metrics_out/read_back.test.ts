import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Flow, JobSpec, Metrics } from '@unroll/contract'
import { unroll } from '../e2e/cli.ts'
import { submit, untilJob } from '../e2e/jobs.ts'
import { freePort } from '../e2e/ports.ts'
import { eventually, startService, type Service } from '../e2e/service.ts'

/** A Python with the packages of requirements.txt: `npm run test:metrics-out` names one. */
const PYTHON = process.env['UNROLL_METRICS_PYTHON']
const READ_BACK = join(import.meta.dirname, '../../metrics_out/read_back.py')
const OUTPUT_BYTES = 2 ** 28

/** A run whose gradient grows beyond float32 on its way back, and whose updates are then skipped. */
const EXPLODING = {
  name: 'exploding',
  model: { cell: 'rnn', activation: 'identity', hidden_size: 8, layers: 2, init: { spectral_radius: 3 } },
  data: { task: 'adding' },
  sequence_length: 70,
  clipping: { policy: 'none', nonfinite: 'skip' },
  training: { batch_size: 4, max_steps: 600, seed: 3 },
  observe: { flow_every: 100, probe_every: 200, saturation_every: 50 },
  metadata: { team: 'vision' },
}

type Value = number | string | null | Value[]
/** Values by step, of a column or tag. */
type Column = Record<string, Value>
type Columns = Record<string, Column>

describe(
  'unroll export --to, read back',
  { skip: PYTHON === undefined && 'UNROLL_METRICS_PYTHON names no Python' },
  () => {
    let service: Service
    let folder: string
    let id: string
    let expected: Columns
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'unroll-read-back-'))
      service = await startService()
      id = (await submit(service.url, EXPLODING)).id
      await untilJob(service.url, id, 'has succeeded', ({ status }) => status === 'succeeded')
      expected = await readColumns(service.url, id)
    })
    after(async () => {
      assert.equal(await service?.stop(), 0, service?.output())
      await rm(folder, { recursive: true, force: true })
    })

    async function exported(tool: string, output: string): Promise<void> {
      const { code, err } = await unroll(service.url, ['export', id, '--to', tool, '-o', output])
      assert.equal(code, 0, err)
    }

    test('the run has NaN, Infinity and steps at which a series was not measured', () => {
      const values = Object.values(expected)
        .flatMap((column) => Object.values(column))
        .flat()
      for (const wanted of ['Infinity', 'NaN', null])
        assert.ok(values.includes(wanted), `${wanted} is among the values`)
    })

    for (const format of ['csv', 'arrow', 'parquet'])
      test(`${format}: every number and list is read`, async (t) => {
        const file = join(folder, `run.${format}`)
        await exported(format, file)
        const read = (await readBack<Record<string, Columns>>('rows', file))[file]!
        t.diagnostic(`${compare(read, expected)} values are the same`)
      })

    test('tensorboard: every number is read as float32, every list as a tensor, and its histogram counts the finite ones', async (t) => {
      const logs = join(folder, 'logs')
      await exported('tensorboard', logs)
      await exported('tensorboard', logs) // again: nothing is doubled
      const read = await readBack<
        Record<'scalars' | 'tensors' | 'histograms', Columns> & { texts: Record<string, string> }
      >('tensorboard', join(logs, id))
      const scalars = mapColumns(pick(expected, false), (value) =>
        typeof value === 'number' ? toFloat32(value) : value,
      )
      const tensors = mapColumns(
        pick(expected, true),
        (list) => (list as Value[] | null)?.filter((value) => value !== null) ?? null,
      )
      const counts = mapColumns(tensors, (list) => {
        const finite = (list as Value[] | null)?.filter(Number.isFinite).length ?? 0
        return finite === 0 ? null : [finite, finite]
      })
      const histograms = Object.fromEntries(Object.entries(counts).map(([tag, column]) => [`histogram/${tag}`, column]))
      const same = [
        compare(read.scalars, withoutNulls(scalars)),
        compare(read.tensors, withoutNulls(tensors)),
        compare(read.histograms, withoutNulls(histograms)),
      ]
      assert.match(read.texts['spec'] ?? '', /"cell": "rnn"/)
      t.diagnostic(`${same.join(', ')} scalars, tensors and histograms are the same`)
    })

    test('wandb-offline: every number, list and histogram is read from the file that the client of W&B writes', async (t) => {
      const place = join(folder, 'wandb')
      const environment = { PATH: `${dirname(PYTHON!)}:${process.env['PATH']}` }
      const { code, out, err } = await unroll(service.url, ['export', id, '--to', 'wandb-offline', '-o', place], {
        environment,
      })
      assert.equal(code, 0, err)
      const [, run = ''] = /^(\S+), which "wandb sync" uploads$/m.exec(err) ?? []
      assert.equal(out, '')
      const read = await readBack<Record<'id' | 'name' | 'project', string> & { config: JobSpec; columns: Columns }>(
        'wandb',
        run,
      )
      assert.deepEqual([read.id, read.name, read.project], [id, 'exploding', 'unroll'])
      assert.deepEqual([read.config.model.cell, read.config.metadata], ['rnn', EXPLODING.metadata])
      const isHistogram = ([name]: [string, unknown]) => name.startsWith('histogram/')
      const columns = Object.entries(read.columns)
      const same = compare(
        Object.fromEntries(columns.filter((column) => !isHistogram(column))),
        withoutNulls(
          mapColumns(expected, (value) => (Array.isArray(value) ? value.filter((norm) => norm !== null) : value)),
        ),
      )
      const counts = columns.filter((column) => isHistogram(column) && column[0].endsWith('/values'))
      for (const [name, column] of counts)
        for (const [step, bins] of Object.entries(column)) {
          const norms = expected[name.slice('histogram/'.length, -'/values'.length)]?.[step] as Value[]
          const counted = (bins as number[]).reduce((sum, count) => sum + count, 0)
          assert.equal(counted, norms.filter(Number.isFinite).length, `${name} at ${step}`)
        }
      assert.ok(counts.length > 0)
      t.diagnostic(`${same} values are the same, and ${counts.length} columns of histograms count the finite ones`)
    })

    for (const [store, address] of [
      ['sqlite', (path: string) => `sqlite:///${path}.db`],
      ['file', (path: string) => `file://${path}`],
    ] as const)
      test(`mlflow, ${store} store: every metric, parameter and row is read`, async (t) => {
        const place = join(folder, store)
        await mkdir(place)
        const server = await startMlflow(address(join(place, 'store')), join(place, 'artifacts'))
        try {
          await exported('mlflow', server.url)
          const read = await readBack<{
            metrics: Columns
            params: Record<string, string>
            tags: Record<string, string>
            name: string
            status: string
            rows: Columns
          }>('mlflow', server.url, 'unroll', place)
          const stored = withoutNulls(mapColumns(pick(expected, false), (value) => storedBy(store, value)))
          const metrics = Object.fromEntries(
            Object.entries(stored).map(([name, of]) => [name.replaceAll('/', '.'), of]),
          )
          const same = [compare(read.metrics, metrics), compare(read.rows, expected)]
          assert.deepEqual(
            [
              read.name,
              read.status,
              read.params['model.cell'],
              read.tags['unroll.job'],
              read.tags['unroll.metadata.team'],
            ],
            ['exploding', 'FINISHED', 'rnn', id, 'vision'],
          )
          t.diagnostic(`${same.join(' metrics and ')} values of rows are the same`)
        } finally {
          server.child.kill('SIGTERM')
          await once(server.child, 'exit')
        }
      })
  },
)

/** The SQL store has the greatest and least numbers of float64 for the infinite ones. */
function storedBy(store: string, value: Value): Value {
  if (store !== 'sqlite') return value
  return value === 'Infinity' ? Number.MAX_VALUE : value === '-Infinity' ? -Number.MAX_VALUE : value
}

function toFloat32(value: number): Value {
  const rounded = Math.fround(value)
  return Number.isFinite(rounded) ? rounded : String(rounded)
}

async function readBack<Read>(...args: string[]): Promise<Read> {
  const { stdout } = await promisify(execFile)(PYTHON!, [READ_BACK, ...args], { maxBuffer: OUTPUT_BYTES })
  return JSON.parse(stdout) as Read
}

/** What the API answers of a run, by the names of an export. */
async function readColumns(url: string, id: string): Promise<Columns> {
  const columns: Columns = {}
  const ask = async <Answer>(path: string) => (await (await fetch(`${url}/v1/jobs/${id}/${path}`)).json()) as Answer
  const { steps, series } = await ask<Metrics>('metrics?limit=10000')
  const put = (name: string, at: readonly number[], values: readonly Value[]) => {
    columns[name] = Object.fromEntries(steps.map((step) => [step, values[at.indexOf(step)] ?? null]))
  }
  for (const [name, values] of Object.entries(series)) put(name, steps, values)
  for (const layer of [0, 1]) {
    const { steps: observed, log10_norm, probe = [] } = await ask<Flow>(`flow?layer=${layer}&limit=1000`)
    put(`flow/layers.${layer}.h`, observed, log10_norm)
    put(
      `flow/layers.${layer}.probe`,
      observed,
      probe.map((row) => (row.every((value) => value === null) ? null : row)),
    )
  }
  return columns
}

function pick(columns: Columns, isList: boolean): Columns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => name.startsWith('flow/') === isList))
}

function mapColumns(columns: Columns, change: (value: Value) => Value): Columns {
  const changed = (column: Column) =>
    Object.fromEntries(Object.entries(column).map(([step, value]) => [step, change(value)]))
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, changed(column)]))
}

function withoutNulls(columns: Columns): Columns {
  const kept = (column: Column) => Object.fromEntries(Object.entries(column).filter(([, value]) => value !== null))
  const all = Object.entries(columns).map(([name, column]) => [name, kept(column)] as const)
  return Object.fromEntries(all.filter(([, column]) => Object.keys(column).length > 0))
}

/** How many values are the same; fails with the first column that differs. */
function compare(read: Columns, expected: Columns): number {
  assert.deepEqual(Object.keys(read).toSorted(), Object.keys(expected).toSorted())
  for (const [name, column] of Object.entries(expected)) assert.deepEqual(read[name], column, name)
  const values = Object.values(expected)
    .flatMap((column) => Object.values(column))
    .flat()
  assert.ok(values.length > 0)
  return values.length
}

async function startMlflow(store: string, artifacts: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(
    PYTHON!,
    [
      '-m',
      'mlflow',
      'server',
      '--port',
      String(port),
      '--workers',
      '1',
      '--backend-store-uri',
      store,
      '--artifacts-destination',
      artifacts,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MLFLOW_ALLOW_FILE_STORE: 'true' } },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  await eventually('MLflow answers', async () => {
    assert.equal(child.exitCode, null, output)
    return await fetch(`${url}/health`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    )
  })
  return { url, child }
}
