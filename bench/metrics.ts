import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openArtifacts, type Artifacts } from '@unroll/artifacts'
import { Archiver, Segments, flowOverview, overview } from '@unroll/history'
import { parseJobSpec, type Cursor, type MetricRow } from '@unroll/contract'
import { openStore, type Store } from '@unroll/store'
import { bench, count } from './command.ts'

const SERIES = 20
const ROWS = 256
const FLOW_EVERY = 10
const TIMESTEPS = 100

const COMMAND = {
  name: 'metrics',
  question:
    'How much of the Redis of REDIS_URL does a long run take that loses no row, and how fast is it written and read? The answer is a line of JSON.',
  options: { steps: count(1_000_000, 'of the run') },
} as const

const names = ['loss', ...Array.from({ length: SERIES - 1 }, (_, nth) => `grad_norm/layers.0.${nth}`)]

/** A run of so many steps, and where it is kept. */
interface Run {
  id: string
  steps: number
  store: Store
  artifacts: Artifacts
}

await bench(COMMAND, async ({ steps }) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-'))
  const artifacts = openArtifacts(`file:${folder}`)
  const prefix = `bench-${randomBytes(6).toString('hex')}`
  const store = await open(prefix, artifacts)
  try {
    const spec = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' } })
    if (!spec.ok) throw new Error('the specification of the bench is at fault')
    const { job } = await store.jobs.create(spec.value, { parameters: 0, memory_bytes: 0, flops_per_step: 0 })
    const claim = await store.jobs.claim(job.id, 'wrk_00000000000000000000')
    if (!('epoch' in claim)) throw new Error('the job was not handed out')
    const run = { id: job.id, steps, store, artifacts }
    const written = await write(run, claim.epoch)
    await store.jobs.move(job.id, claim.epoch, 'running')
    await store.jobs.move(job.id, claim.epoch, 'succeeded')
    const fresh = await open(prefix, artifacts) // nothing of the run is in its memory
    const found = await read({ ...run, store: fresh }).finally(() => fresh.close())
    const line = { steps, series: SERIES, cores: availableParallelism(), ...written, ...found }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
})

function open(prefix: string, artifacts: Artifacts): Promise<Store> {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
  return openStore({ url, prefix, segments: new Segments(artifacts), waitForDisk: false })
}

/** The step with a loss that must not be lost. */
function findSpike({ steps }: Pick<Run, 'steps'>): number {
  return Math.floor(steps / 3)
}

function rowAt(step: number, spike: number): MetricRow {
  const series: Record<string, number> = {}
  for (const [nth, name] of names.entries()) series[name] = nth + 1 / step
  if (step === spike) series['loss'] = 1e6
  return { step, series, ...(step % FLOW_EVERY === 0 && { flow: [{ h: new Float32Array(TIMESTEPS).fill(-step) }] }) }
}

/** Bytes of the run's rows in Redis: those that wait, and the references to the others. */
async function heldBytes({ id, store }: Run): Promise<number> {
  const lines = await Promise.all([store.metrics.line(id, 'scalars'), store.metrics.line(id, 'flow')])
  return lines.flatMap(({ frames }) => frames).reduce((sum, { length }) => sum + length, 0)
}

async function write(run: Run, epoch: number): Promise<Record<string, number>> {
  const { id, steps, store, artifacts } = run
  const spike = findSpike(run)
  const archiver = new Archiver(store.metrics, artifacts, { jobId: id, epoch, window: TIMESTEPS })
  let most = 0
  let archived = 0
  let ms = 0
  for (let step = 1; step <= steps; step += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, steps - step + 1) }, (_, at) => rowAt(step + at, spike))
    const since = performance.now()
    let answer = await store.metrics.append(id, epoch, { firstSeq: step, rows })
    if (answer === 'full') {
      most = Math.max(most, await heldBytes(run))
      await archiver.archive()
      archived += 1
      answer = await store.metrics.append(id, epoch, { firstSeq: step, rows })
    }
    ms += performance.now() - since
    if (answer !== 'stored') throw new Error(`Cannot append step ${step}: ${answer}`)
  }
  return { write_us_per_step: rounded((ms * 1000) / steps), archived, most_redis_bytes: most }
}

async function read(run: Run): Promise<Record<string, number>> {
  const { id, steps, store, artifacts } = run
  const spike = findSpike(run)
  const segments = new Segments(artifacts)
  const ask = async (fromStep: number, toStep: number, wants: (name: string) => boolean) => {
    const since = performance.now()
    const found = await overview(store.metrics, segments, id, { fromStep, toStep, maxPoints: 1000, wants })
    return { ms: performance.now() - since, found }
  }
  const whole = await ask(1, steps, () => true)
  let seen = 0
  let zooms = 0
  for (let span = steps; span > 2_000; span = Math.floor(span / 2), zooms++) {
    const { found } = await ask(spike - Math.floor(span / 2), spike + Math.floor(span / 2), (name) => name === 'loss')
    if (found.series.get('loss')?.statistics.max.includes(1e6) === true) seen += 1
  }
  const tileMs: number[] = []
  for (let time = 0; time < 2; time++) {
    const asked = { layer: 0, window: TIMESTEPS, maxSteps: 256, maxTimesteps: 128 }
    const from = performance.now()
    const { tile } = await flowOverview(store.metrics, segments, id, asked)
    tileMs.push(performance.now() - from)
    const norms = [...(tile?.columns.values() ?? [])].map(({ h }) => h)
    if (Math.max(...norms.map((h) => h?.max[0] ?? 0)) !== -FLOW_EVERY)
      throw new Error('the tile lost its greatest norm')
  }
  const since = performance.now()
  const { blocks } = await store.metrics.read(id, { fromStep: spike - 500, toStep: spike + 499 })
  const zoomMs = performance.now() - since
  const hasSpike = blocks.some(({ columns }) => columns.get('loss')?.values.includes(1e6))
  if (!hasSpike || blocks.reduce((rows, block) => rows + block.steps.length, 0) !== 1000)
    throw new Error('the zoom lost a row')
  const lost = steps - (await countRows(run))
  return {
    overview_ms: rounded(whole.ms),
    overview_buckets: whole.found.count,
    flow_tile_ms: rounded(tileMs[0] ?? NaN),
    flow_tile_again_ms: rounded(tileMs[1] ?? NaN),
    zoom_1000_steps_ms: rounded(zoomMs),
    zooms,
    zooms_with_spike: seen,
    steps_lost: lost,
  }
}

async function countRows({ id, store }: Run): Promise<number> {
  let after: Cursor = { epoch: 0, seq: 0 }
  for (let next = 1; ;) {
    const page = await store.metrics.read(id, { after, limit: 10_000 })
    for (const step of page.blocks.flatMap((block) => [...block.steps]))
      if (step !== next++) throw new Error(`Step ${next - 1} is not where it should be`)
    if (page.done) return next - 1
    after = page.cursor
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
