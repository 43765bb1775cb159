import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openArtifacts, type Artifacts } from '@unroll/artifacts'
import { Archiver, Segments } from '@unroll/history'
import { newId, parseJobSpec, type Cursor, type LayerFlow, type MetricRow } from '@unroll/contract'
import { openStore, type FlowBlock, type MetricsPage, type ScalarBlock, type Store } from '@unroll/store'

const NO_COST = { parameters: 0, memory_bytes: 0, flops_per_step: 0 }
const KEEP_ONE = { every_steps: 1, keep_latest: 1, keep_best: 0, keep_spaced: 0, best_by: 'evaluation_loss' as const }
const ROWS_PER_FRAME = 256
/** Time steps of every row of flow. */
export const WINDOW = 100

export interface Pipeline {
  store: Store
  artifacts: Artifacts
  segments: Segments
  /** Where another process finds them. */
  place: { url: string; prefix: string; folder: string }
}

/** A store of the test's own with an archive behind it. Both end with the test. */
export async function openPipeline(t: TestContext): Promise<Pipeline> {
  const url = process.env['TEST_REDIS_URL']
  assert.ok(url !== undefined, 'TEST_REDIS_URL is not set')
  const folder = mkdtempSync(join(tmpdir(), 'unroll-metrics-'))
  const artifacts = openArtifacts(`file:${folder}`)
  const segments = new Segments(artifacts)
  const prefix = `test-metrics-${randomBytes(6).toString('hex')}`
  const store = await openStore({ url, prefix, segments, waitForDisk: false })
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return { store, artifacts, segments, place: { url, prefix, folder } }
}

export async function newJob(store: Store): Promise<string> {
  const checked = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'adding' }, max_restarts: 10 })
  assert.ok(checked.ok)
  return (await store.jobs.create(checked.value, NO_COST)).job.id
}

/** One attempt at a job: appends rows as a worker does, and archives where the store is full. */
export class Attempt {
  readonly id: string
  readonly epoch: number
  archived = 0
  #seq = 1
  readonly #store: Store
  readonly #archiver: Archiver

  constructor({ store, artifacts }: Pipeline, id: string, epoch: number) {
    this.id = id
    this.epoch = epoch
    this.#store = store
    this.#archiver = new Archiver(store.metrics, artifacts, { jobId: id, epoch, window: WINDOW })
  }

  static async claim(pipeline: Pipeline, id: string): Promise<Attempt> {
    const claim = await pipeline.store.jobs.claim(id, 'wrk_00000000000000000000')
    assert.ok('epoch' in claim, JSON.stringify(claim))
    assert.equal(await pipeline.store.jobs.move(id, claim.epoch, 'running'), 'moved')
    return new Attempt(pipeline, id, claim.epoch)
  }

  /** Lets the next attempt go on from `step`; 0 is the start. */
  async checkpoint(step: number): Promise<void> {
    if (step === 0) return
    const id = newId('checkpoint', Date.now(), randomBytes(16))
    const created_at = new Date().toISOString()
    const kept = { job: this.id, epoch: this.epoch, step, created_at, bytes: 8, sha256: '00', metrics: {} }
    await this.#store.checkpoints.register({ id, object: 'checkpoint', ...kept }, KEEP_ONE)
  }

  async append(rows: readonly MetricRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_FRAME) {
      const frame = { firstSeq: this.#seq, rows: rows.slice(from, from + ROWS_PER_FRAME) }
      let answer = await this.#store.metrics.append(this.id, this.epoch, frame)
      if (answer === 'full') {
        assert.equal(await this.#archiver.archive(), 'archived')
        this.archived += 1
        answer = await this.#store.metrics.append(this.id, this.epoch, frame)
      }
      assert.equal(answer, 'stored')
      this.#seq += frame.rows.length
    }
  }
}

/** A row of scalars, or of flow, with its place. */
type Row = Cursor & Omit<MetricRow, 'series'> & Partial<Pick<MetricRow, 'series'>>

/** A page row by row: in which blocks its rows lie is not to show. */
export function byRow({
  blocks,
  ...page
}: MetricsPage<ScalarBlock | FlowBlock>): Omit<typeof page, 'blocks'> & { rows: Row[] } {
  return { ...page, rows: blocks.flatMap(rowsOf) }
}

function rowsOf(block: ScalarBlock | FlowBlock): Row[] {
  const { epoch, seqs, steps } = block
  return Array.from(steps, (step, at) => {
    const place = { epoch, seq: seqs[at] ?? 0, step }
    if ('flow' in block) return { ...place, flow: block.flow[at] ?? [] }
    const measured = [...block.columns].filter(([, { present }]) => present?.[at] !== 0)
    return { ...place, series: Object.fromEntries(measured.map(([name, { values }]) => [name, values[at] ?? NaN])) }
  })
}

export const SERIES_COUNT = 20

/** Row `step` of a run of 20 series: smooth, with one spike, and numbers that are not finite here and there. */
export function rowAt(step: number, { spike, gain = 1 }: { spike: number; gain?: number }): MetricRow {
  const series: Record<string, number> = { loss: step === spike ? 1e6 : gain / step }
  for (let nth = 2; nth < SERIES_COUNT; nth++) series[`grad_norm/layers.0.${nth}`] = gain * nth + Math.sin(step / 100)
  series['grad_norm'] = NONFINITE.get(step % 1000) ?? gain
  if (step % 100 === 0) series['evaluation_loss'] = -step
  return { step, series, ...(step % 10 === 0 && { flow: [flowAt(step)] }) }
}

const NONFINITE = new Map([
  [500, NaN],
  [501, Infinity],
  [502, -Infinity],
  [503, -0],
])

function flowAt(step: number): LayerFlow {
  const h = Float32Array.from({ length: WINDOW }, (_, t) => -t / 10 - (step % 7))
  return step % 50 === 0 ? { h, probe: Float32Array.of(step, NaN, -Infinity) } : { h }
}

export function rowsBetween(first: number, last: number, options: { spike: number; gain?: number }): MetricRow[] {
  return Array.from({ length: last - first + 1 }, (_, at) => rowAt(first + at, options))
}
