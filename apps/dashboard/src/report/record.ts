import type {
  Checkpoint,
  Dataset,
  Diagnosis,
  EvaluationReport,
  FlowPage,
  FlowTile,
  Job,
  JobEvent,
  MatrixOfLayers,
  MetricsBuckets,
  MetricsPage,
  ProbeFlow,
} from '@unroll/client'

/** A run as `unroll report` records it. Numbers that JSON cannot carry are named, as in the answers of the service. */
export interface RunRecord {
  readonly recorded_at: string
  readonly job: Job
  readonly metrics: MetricsPage | MetricsBuckets
  /** Flow of each layer; empty if it was not observed. */
  readonly flow: readonly (FlowPage | FlowTile)[]
  readonly matrix: MatrixOfLayers
  readonly probe: ProbeFlow
  readonly diagnosis: Diagnosis
  readonly evaluations: readonly EvaluationReport[]
  readonly events: readonly JobEvent[]
  readonly checkpoints: readonly Checkpoint[]
  /** What the job trained on; null for a task, or a data set that is gone. */
  readonly dataset: Dataset | null
}

/** Reads a record that is compressed with gzip and written in base64. */
export async function readRecord(text: string): Promise<RunRecord> {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.codePointAt(0) ?? 0)
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JSON.parse(await new Response(stream).text()) as RunRecord
}
