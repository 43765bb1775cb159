import type { Job, JobStatus } from '@unroll/client'
import type { Run, RunBatch } from '../run_rows.ts'
import { MlflowRefusal, type MlflowMetric, type MlflowPair, type TrackingServer } from './tracking_server.ts'

/** Limits of `runs/log-batch`. */
const LIMITS = { metrics: 1_000, params: 100, paramLength: 6_000, keyLength: 250 } as const
const NOT_FOUND = 404
const ROWS_FILE = 'run.parquet'
/** The scheme of artifacts that the server itself stores; others it only refers to. */
const SERVED = /^mlflow-artifacts:\/+(?:[^/]+:\d+\/)?/

/** How MLflow calls the end of a run; a job that has not ended is `RUNNING`. */
const ENDS: Partial<Record<JobStatus, string>> = { succeeded: 'FINISHED', failed: 'FAILED', cancelled: 'KILLED' }

export interface TrackedRun {
  run: string
  metrics: number
  /** Whether the rows with the flow are an artifact of it. */
  hasRows: boolean
}

/**
 * Makes a run of an experiment, which is created if it is missing: the specification as parameters, each number as a metric
 * of its step, and the rows with the flow as a Parquet file. Where anything fails the run is deleted again.
 */
export async function trackRun(
  server: TrackingServer,
  { openRun, experiment }: { openRun: () => Promise<Run>; experiment: string },
): Promise<TrackedRun> {
  const { job, batches } = await openRun()
  const { run_id: run, artifact_uri } = await createRun(server, job, await findExperiment(server, experiment))
  try {
    await logParams(server, run, job)
    const metrics = await logMetrics(server, run, batches)
    const hasRows = SERVED.test(artifact_uri)
    if (hasRows)
      await server.putArtifact(`${artifact_uri.replace(SERVED, '')}/${ROWS_FILE}`, await parquetBytes(await openRun()))
    const end = ENDS[job.status]
    if (end !== undefined)
      await server.post('runs/update', {
        run_id: run,
        status: end,
        end_time: Date.parse(job.finished_at ?? job.created_at),
      })
    return { run, metrics, hasRows }
  } catch (error) {
    await server.post('runs/delete', { run_id: run }).catch(() => {})
    throw error
  }
}

async function findExperiment(server: TrackingServer, name: string): Promise<string> {
  try {
    const call = 'experiments/get-by-name'
    const found = await server.get<{ experiment: { experiment_id: string } }>(call, { experiment_name: name })
    return found.experiment.experiment_id
  } catch (error) {
    if (!(error instanceof MlflowRefusal) || error.status !== NOT_FOUND) throw error
    return (await server.post<{ experiment_id: string }>('experiments/create', { name })).experiment_id
  }
}

async function createRun(server: TrackingServer, job: Job, experiment: string) {
  const tags = [
    { key: 'mlflow.source.name', value: 'unroll' },
    { key: 'mlflow.source.type', value: 'JOB' },
    { key: 'unroll.job', value: job.id },
    { key: 'unroll.status', value: job.status },
    ...Object.entries(job.metadata).map(([key, value]) => ({ key: toMetricName(`unroll.metadata.${key}`), value })),
  ]
  const start_time = Date.parse(job.started_at ?? job.created_at)
  const body = { experiment_id: experiment, run_name: job.name, start_time, tags }
  const { run } = await server.post<{ run: { info: { run_id: string; artifact_uri: string } } }>('runs/create', body)
  return run.info
}

async function logParams(server: TrackingServer, run: string, { spec }: Job): Promise<void> {
  const params = [...flattened(spec, '')].filter(({ value }) => value.length <= LIMITS.paramLength)
  for (const part of chunked(params, LIMITS.params)) await server.post('runs/log-batch', { run_id: run, params: part })
}

/** Every field of a specification by its path, such as `model.cell`; a list is JSON. */
function* flattened(value: unknown, path: string): Generator<MlflowPair> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield { key: toMetricName(path), value: typeof value === 'string' ? value : JSON.stringify(value) }
    return
  }
  for (const [name, of] of Object.entries(value)) yield* flattened(of, path === '' ? name : `${path}.${name}`)
}

async function logMetrics(server: TrackingServer, run: string, batches: AsyncIterable<RunBatch>): Promise<number> {
  let count = 0
  for await (const batch of batches)
    for (const metrics of chunked([...listMetrics(batch)], LIMITS.metrics)) {
      await server.post('runs/log-batch', { run_id: run, metrics })
      count += metrics.length
    }
  return count
}

function* listMetrics({ steps, times, numbers }: RunBatch): Generator<MlflowMetric> {
  for (const [name, values] of numbers)
    for (const [row, value] of values.entries()) {
      if (value === null) continue
      const timestamp = Math.round(times[row]!)
      yield {
        key: toMetricName(name),
        value: Number.isFinite(value) ? value : String(value),
        timestamp,
        step: steps[row]!,
      }
    }
}

/**
 * MLflow's names have letters, digits and some signs alone, and are of bounded length. Its store of files has a slash as a
 * folder, and can have no `grad_norm/layers.0.Wh` beside `grad_norm`.
 */
function toMetricName(text: string): string {
  return text
    .replaceAll('/', '.')
    .replaceAll(/[^\w.\-: ]/g, '_')
    .slice(0, LIMITS.keyLength)
}

function* chunked<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

async function parquetBytes(run: Run): Promise<Uint8Array<ArrayBuffer>> {
  const { parquetChunks } = await import('../parquet.ts')
  const chunks: Uint8Array[] = []
  for await (const chunk of parquetChunks(run)) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
