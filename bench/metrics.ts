// Does a run of a million steps keep every row, in little of Redis, and is it read at once? Prints one JSON line.
// REDIS_URL=redis://127.0.0.1:6379 npm run bench:metrics -- --steps 1000000

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openArtifacts } from '@unroll/artifacts'
import { Archiver, Segments, flowOverview, overview } from '@unroll/history'
import { parseJobSpec, type Cursor, type MetricRow } from '@unroll/contract'
import { openStore } from '@unroll/store'

const SERIES = 20
const ROWS = 256
const FLOW_EVERY = 10
const TIMESTEPS = 100

const { values: given } = parseArgs({ options: { steps: { type: 'string', default: '1000000' } } })
const steps = Number(given.steps)
const spike = Math.floor(steps / 3)
const names = ['loss', ...Array.from({ length: SERIES - 1 }, (_, nth) => `grad_norm/layers.0.${nth}`)]

function rowAt(step: number): MetricRow {
  const series: Record<string, number> = {}
  for (const [nth, name] of names.entries()) series[name] = nth + 1 / step
  if (step === spike) series['loss'] = 1e6
  return { step, series, ...(step % FLOW_EVERY === 0 && { flow: [{ h: new Float32Array(TIMESTEPS).fill(-step) }] }) }
}

const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-'))
const artifacts = openArtifacts(`file:${folder}`)
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const prefix = `bench-${randomBytes(6).toString('hex')}`
const open = () => openStore({ url, prefix, segments: new Segments(artifacts), waitForDisk: false })
const store = await open()
try {
  const spec = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' } })
  if (!spec.ok) throw new Error('the specification of the bench is at fault')
  const { job } = await store.jobs.create(spec.value, { parameters: 0, memory_bytes: 0, flops_per_step: 0 })
  const claim = await store.jobs.claim(job.id, 'wrk_00000000000000000000')
  if (!('epoch' in claim)) throw new Error('the job was not handed out')
  const written = await write(job.id, claim.epoch)
  await store.jobs.move(job.id, claim.epoch, 'running')
  await store.jobs.move(job.id, claim.epoch, 'succeeded')
  const line = { steps, series: SERIES, cores: availableParallelism(), ...written, ...(await read(job.id)) }
  process.stdout.write(`${JSON.stringify(line)}\n`)
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}

/** Bytes of the run's rows in Redis: those that wait, and the references to the others. */
async function heldBytes(id: string): Promise<number> {
  const lines = await Promise.all([store.metrics.line(id, 'scalars'), store.metrics.line(id, 'flow')])
  return lines.flatMap(({ frames }) => frames).reduce((sum, { length }) => sum + length, 0)
}

async function write(id: string, epoch: number): Promise<Record<string, number>> {
  const archiver = new Archiver(store.metrics, artifacts, { jobId: id, epoch, window: TIMESTEPS })
  let most = 0
  let archived = 0
  let ms = 0
  for (let step = 1; step <= steps; step += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, steps - step + 1) }, (_, at) => rowAt(step + at))
    const since = performance.now()
    let answer = await store.metrics.append(id, epoch, { firstSeq: step, rows })
    if (answer === 'full') {
      most = Math.max(most, await heldBytes(id))
      await archiver.archive()
      archived += 1
      answer = await store.metrics.append(id, epoch, { firstSeq: step, rows })
    }
    ms += performance.now() - since
    if (answer !== 'stored') throw new Error(`Cannot append step ${step}: ${answer}`)
  }
  return { write_us_per_step: rounded((ms * 1000) / steps), archived, most_redis_bytes: most }
}

async function read(id: string): Promise<Record<string, number>> {
  const fresh = await open() // nothing of the run is in its memory
  const segments = new Segments(artifacts)
  const ask = async (fromStep: number, toStep: number, wants: (name: string) => boolean) => {
    const since = performance.now()
    const found = await overview(fresh.metrics, segments, id, { fromStep, toStep, maxPoints: 1000, wants })
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
    const { tile } = await flowOverview(fresh.metrics, segments, id, asked)
    tileMs.push(performance.now() - from)
    const norms = [...(tile?.columns.values() ?? [])].map(({ h }) => h)
    if (Math.max(...norms.map((h) => h?.max[0] ?? 0)) !== -FLOW_EVERY)
      throw new Error('the tile lost its greatest norm')
  }
  const since = performance.now()
  const { blocks } = await fresh.metrics.read(id, { fromStep: spike - 500, toStep: spike + 499 })
  const zoomMs = performance.now() - since
  const hasSpike = blocks.some(({ columns }) => columns.get('loss')?.values.includes(1e6))
  if (!hasSpike || blocks.reduce((rows, block) => rows + block.steps.length, 0) !== 1000)
    throw new Error('the zoom lost a row')
  const lost = steps - (await countRows(fresh, id))
  await fresh.close()
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

async function countRows(from: typeof store, id: string): Promise<number> {
  let after: Cursor = { epoch: 0, seq: 0 }
  for (let next = 1; ;) {
    const page = await from.metrics.read(id, { after, limit: 10_000 })
    for (const step of page.blocks.flatMap((block) => [...block.steps]))
      if (step !== next++) throw new Error(`Step ${next - 1} is not where it should be`)
    if (page.done) return next - 1
    after = page.cursor
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
