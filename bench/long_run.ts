// A run with a long history, written by the store's own writers as a worker does, without training.

import { artifactsLocation, openArtifacts } from '@unroll/artifacts'
import { parseJobSpec, type MetricRow } from '@unroll/contract'
import { Archiver, Segments } from '@unroll/history'
import { openStore, type Store } from '@unroll/store'
import type { Place } from './service.ts'

const ROWS = 256
const FLOW_EVERY = 10
/** Time steps of a row of flow. */
const WINDOW = 100
/** Updates between evaluations. */
const EVALUATE_EVERY = 1000
const SPIKE = 1e6

export interface LongRun {
  readonly id: string
  /** The step whose loss is 10⁶, and the one whose loss is NaN. */
  readonly spike: number
  readonly nan: number
}

/** Writes the history of a run of so many steps, which has ended or goes on, into a service that has not started yet. */
export async function writeLongRun(
  { redisUrl, folder }: Place,
  { steps, hasEnded }: { steps: number; hasEnded: boolean },
): Promise<LongRun> {
  const artifacts = openArtifacts(artifactsLocation({}, folder))
  const store = await openStore({ url: redisUrl, segments: new Segments(artifacts), waitForDisk: false })
  const { id, epoch } = await createRun(store, steps)
  const archiver = new Archiver(store.metrics, artifacts, { jobId: id, epoch, window: WINDOW })
  const [spike, nan] = [Math.max(1, Math.floor(steps / 3)), Math.max(2, Math.floor(steps / 2) + 1)]
  for (let first = 1; first <= steps; first += ROWS) {
    const count = Math.min(ROWS, steps - first + 1)
    const rows = Array.from({ length: count }, (_, at) => rowAt(first + at, { spike, nan }))
    const frame = { firstSeq: first, rows }
    let answer = await store.metrics.append(id, epoch, frame)
    if (answer === 'full') {
      await archiver.archive()
      answer = await store.metrics.append(id, epoch, frame)
    }
    if (answer !== 'stored') throw new Error(`Cannot append step ${first}: ${answer}`)
  }
  if (hasEnded) await store.jobs.move(id, epoch, 'succeeded')
  await store.close()
  return { id, spike, nan }
}

async function createRun(store: Store, steps: number): Promise<{ id: string; epoch: number }> {
  const spec = parseJobSpec({
    name: 'a long run',
    model: { cell: 'lstm', hidden_size: 64 },
    data: { task: 'adding' },
    sequence_length: WINDOW,
    training: { max_steps: 2 * steps },
    observe: { flow_every: FLOW_EVERY },
  })
  if (!spec.ok) throw new Error(`The specification of the bench is at fault: ${JSON.stringify(spec.faults)}`)
  const { job } = await store.jobs.create(spec.value, { parameters: 0, memory_bytes: 0, flops_per_step: 0 })
  const claim = await store.jobs.claim(job.id, 'wrk_00000000000000000000')
  if (!('epoch' in claim)) throw new Error('The job was not handed out')
  await store.jobs.move(job.id, claim.epoch, 'running')
  return { id: job.id, epoch: claim.epoch }
}

/** Numbers that look like training: a loss that falls with noise, one spike and one NaN; norms; a flow that fades. */
function rowAt(step: number, { spike, nan }: { spike: number; nan: number }): MetricRow {
  const noise = Math.abs(Math.sin(step * 12.9898) * 43_758.5453) % 1
  const loss = step === spike ? SPIKE : step === nan ? Number.NaN : 0.02 + (0.8 + 0.4 * noise) * Math.exp(-step / 2e5)
  const norm = 0.2 + 3 * noise
  const series: Record<string, number> = {
    loss,
    grad_norm: norm,
    grad_norm_clipped: Math.min(1, norm),
    clip_coefficient: Math.min(1, 1 / norm),
    learning_rate: 1e-3,
    step_ms: 2 + noise,
    'grad_norm/layers.0.Wh': norm / 2,
    'grad_norm/layers.0.Wx': norm / 3,
    ...(step % EVALUATE_EVERY === 0 && { evaluation_loss: loss }),
  }
  if (step % FLOW_EVERY !== 0) return { step, series }
  return { step, series, flow: [{ h: Float32Array.from({ length: WINDOW }, (_, t) => (t - WINDOW) * 0.05 + noise) }] }
}
