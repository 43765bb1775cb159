import type {
  Checkpoint as WireCheckpoint,
  Diagnosis as WireDiagnosis,
  Evaluation as WireEvaluation,
  EvaluationReport as WireEvaluationReport,
  Flow,
  FlowBuckets,
  Job as WireJob,
  JsonNumber,
  Matrix,
  MetricBuckets,
  Metrics,
  MetricsSummary,
  PredictedAnswer as WireAnswer,
  Prediction as WirePrediction,
  Probe,
  Replay as WireReplay,
  SequencePrediction as WireSequencePrediction,
  Sweep as WireSweep,
  SweepBand as WireSweepBand,
  SweepRun as WireSweepRun,
  SweepSummary as WireSweepSummary,
  Trace as WireTrace,
} from '@unroll/contract'

/** A measured value, non-finite ones included; null where nothing was measured. */
export type Measured = number | null

/** An answer with a number wherever JSON has one, or the name of one that it cannot carry. */
export type Numeric<Wire> = Wire extends JsonNumber
  ? number
  : Wire extends object
    ? { [Field in keyof Wire]: Numeric<Wire[Field]> }
    : Wire

/** Rows of a run as columns. */
export type MetricsPage = Numeric<Metrics>

/** A run, or a range of its steps, in buckets. */
export type MetricsBuckets = Numeric<MetricBuckets>

/** Total flow of one layer, a row for each observed step. */
export type FlowPage = Numeric<Flow>

/** Total flow of one layer in buckets of training steps and of time steps. */
export type FlowTile = Numeric<FlowBuckets>
export type FlowNorms = FlowTile['log10_norm']

/** A summary of all rows of a run, series by series. */
export type RunSummary = Numeric<MetricsSummary>

/** How much the loss of each source teaches each state, layer by layer, at one training step. */
export type MatrixOfLayers = Numeric<Matrix>

/** Probe flow of every layer at one training step. */
export type ProbeFlow = Numeric<Probe>

/** A job; its `result` is the last value of each series. */
export type Job = Omit<WireJob, 'result'> & { result: Record<string, number> | null }

/** A saved state of a run; its `metrics` are the newest value of each series. */
export type Checkpoint = Omit<WireCheckpoint, 'metrics'> & { metrics: Record<string, number> }

export type Finding = Omit<WireDiagnosis['findings'][number], 'evidence'> & {
  evidence: Numeric<WireDiagnosis['findings'][number]['evidence']>
}
export type Diagnosis = Omit<WireDiagnosis, 'findings'> & { findings: Finding[] }

export type EvaluationReport = Numeric<WireEvaluationReport>
export type Evaluation = Numeric<WireEvaluation>

export type Replay = Numeric<WireReplay>

export type PredictedAnswer = Numeric<WireAnswer>
export type SequencePrediction = Numeric<WireSequencePrediction>
export type Prediction = Numeric<WirePrediction>
export type Trace = Numeric<WireTrace>

/** One job of a sweep; `value` is the last one of the objective. */
export type SweepRun = Omit<WireSweepRun, 'value'> & { value: Measured }
export type SweepSummary = Omit<WireSweepSummary, 'best'> & { best: SweepRun | null }
/** What the repeats of a point came to. */
export type SweepBand = Omit<WireSweepBand, 'min' | 'median' | 'max'> & Record<'min' | 'median' | 'max', Measured>
export type Sweep = Omit<WireSweep, 'best' | 'runs' | 'bands'> & {
  best: SweepRun | null
  runs: SweepRun[]
  bands: SweepBand[]
}

const ANSWER = ['probabilities', 'labels', 'values']
const SEQUENCE = ['nats', 'saliency', 'gates', ...ANSWER.flatMap((field) => [`answer.${field}`, `steps.${field}`])]
const REPORT = ['scores', 'classes.precision', 'classes.recall', 'classes.f1', 'horizons.mae', 'horizons.rmse']

/**
 * Where answers have measured numbers, by their `object`: a name, a tag or a class may be called "NaN". A path leads through
 * lists to each of their items.
 */
const MEASURED: Readonly<Record<string, readonly string[]>> = {
  checkpoint: ['metrics'],
  diagnosis: ['findings.evidence.figures'],
  evaluation: REPORT.map((field) => `report.${field}`),
  evaluation_report: REPORT,
  flow: ['log10_norm', 'cell_state', 'probe'],
  forward_backward: [
    'loss',
    'accuracy',
    'grad_norm',
    'parameter_norms',
    'accumulated.loss',
    'accumulated.grad_norm',
    'flow.log10_norm',
    'flow.cell_state',
  ],
  job: ['result'],
  matrix: ['layers.log10_norm', 'layers.flow'],
  metrics: ['series'],
  metrics_summary: ['series'],
  optim_step: ['loss', 'grad_norm', 'grad_norm_clipped', 'clip_coefficient'],
  prediction: SEQUENCE.map((field) => `predictions.${field}`),
  probe: ['layers.log10_phi'],
  replay: [
    'result.series',
    ...['log10_norm', 'cell_state', 'probe', 'gates', 'states'].map((field) => `result.layers.${field}`),
    'result.layers.matrix.log10_norm',
  ],
  sample: SEQUENCE.map((field) => `predictions.${field}`),
  sequence_prediction: SEQUENCE,
  sweep: ['best.value', 'runs.value', 'bands.min', 'bands.median', 'bands.max'],
  trace: [
    'loss',
    'inputs',
    'saliency',
    ...['gates', 'states', 'gradients'].map((field) => `layers.${field}`),
    ...ANSWER.flatMap((field) => [`answers.${field}`, `targets.${field}`]),
  ],
}

const PATHS = new Map(
  Object.entries(MEASURED).map(([object, paths]) => [object, paths.map((path) => path.split('.'))] as const),
)
const NAMED = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]))

/**
 * An answer with "NaN", "Infinity" and "-Infinity" as the numbers they name, wherever something is measured. It is changed in place.
 *
 * @param object what kind of answer it is, of one that does not say so
 */
export function decodeNumbers(answer: unknown, object?: keyof typeof MEASURED): unknown {
  if (!isRecord(answer)) return answer
  if (Array.isArray(answer['data'])) for (const item of answer['data']) decodeNumbers(item, object)
  const kind = object ?? answer['object']
  const paths = typeof kind === 'string' ? (PATHS.get(kind) ?? []) : []
  for (const path of paths) decodeAt(answer, path)
  return answer
}

function decodeAt(place: unknown, [field = '', ...rest]: readonly string[]): void {
  if (Array.isArray(place)) for (const item of place) decodeAt(item, [field, ...rest])
  else if (isRecord(place) && Object.hasOwn(place, field)) {
    if (rest.length > 0) decodeAt(place[field], rest)
    else place[field] = toNumbers(place[field])
  }
}

function toNumbers(value: unknown): unknown {
  if (typeof value === 'string') return NAMED.get(value) ?? value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toNumbers)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toNumbers(item)]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
