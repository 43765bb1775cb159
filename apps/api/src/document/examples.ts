// A table with one example for each schema; its length follows from their number.

import { JOB_STATUSES } from '@unroll/contract'

const NO_JOBS = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0]))

const SWEEP_SPEC = {
  name: 'learning rates',
  template: { model: { cell: 'lstm' }, data: { task: 'adding' } },
  space: { '/optimizer/learning_rate': { distribution: 'log_uniform', min: 0.0001, max: 0.1 } },
  strategy: { type: 'successive_halving', min_steps: 100, eta: 3, samples: 9 },
  objective: { metric: 'evaluation_loss', goal: 'min' },
  repeats: 3,
  stop_on: ['vanishing', 'exploding'],
}

const SWEEP_RUN = {
  job: 'job_0m3k9x2ab4f8g2h1j7k3',
  trial: 13,
  point: 4,
  rung: 1,
  changes: { '/optimizer/learning_rate': 0.0074, '/training/seed': 2 },
  status: 'succeeded',
  step: 300,
  stopped_by: null,
  value: 0.0213,
}

const SWEEP_BAND = {
  point: 4,
  rung: 1,
  changes: { '/optimizer/learning_rate': 0.0074 },
  runs: 3,
  values: 3,
  min: 0.0194,
  median: 0.0213,
  max: 0.0401,
}

const SWEEP_SUMMARY = {
  ...SWEEP_SPEC,
  id: 'sweep_0m3k9x2ab4f8g2h1j7k3',
  object: 'sweep',
  status: 'running',
  created_at: '2026-11-23T09:30:00.000Z',
  finished_at: null,
  strategy: { ...SWEEP_SPEC.strategy, rungs: 8, seed: 1 },
  metadata: {},
  rungs: [
    { trials: 27, max_steps: 100 },
    { trials: 9, max_steps: 300 },
    { trials: 3, max_steps: 900 },
  ],
  jobs: { ...NO_JOBS, running: 1, succeeded: 35 },
  best: SWEEP_RUN,
}

const GPU = {
  uuid: 'GPU-0d70be84-560c-cf1e-8d49-c41015f45415',
  name: 'Tesla P100-PCIE-16GB',
  driver: '580.178.04',
  memory_bytes: 17_179_869_184,
  memory_used_bytes: 412_090_368,
  utilization: 0.87,
  temperature_celsius: 64,
  fault: null,
}

const PAUSED_AT = '2026-11-23T09:24:00.000Z'
const LINE = { labels: {}, workers: 0, free_slots: 0, paused_at: null }

const JOBS = { ...NO_JOBS, queued: 6, running: 1, succeeded: 12, failed: 1 }

const FIELD = { missing: 0, min: null, max: null, mean: null, std: null, distinct: null, categories: [] }

const SEQUENCES = {
  id: 'ds_0m3k9x2ab4f8g2h1j7k4',
  object: 'dataset',
  name: 'japanese-vowels',
  kind: 'sequences',
  format: 'jsonl',
  bytes: 553_614,
  sha256: '49106b347874be54ccfe0b5f9e9c41e3b380e3ade0c32d138aacb7596aa19112',
  stored_bytes: 418_426,
  sequences: 270,
  steps: 4274,
  lengths: {
    min: 7,
    median: 15,
    max: 26,
    histogram: [
      { from: 7, to: 16, count: 167 },
      { from: 17, to: 26, count: 103 },
    ],
  },
  fields: [
    { ...FIELD, name: 'inputs', per: 'step', type: 'number', width: 12, min: -1.85, max: 2.2, mean: -0.02, std: 0.43 },
    {
      ...FIELD,
      name: 'label',
      per: 'sequence',
      type: 'category',
      width: 1,
      distinct: 2,
      categories: [
        { value: '1', count: 135 },
        { value: '2', count: 135 },
      ],
    },
  ],
  values_sha256: '30239f8d5e053224a168ab7013edc8e3d4215314708a0bee553a14368b09251e',
  created_at: '2026-11-23T09:30:00.000Z',
} as const

const SAMPLE = {
  index: 0,
  length: 2,
  values: {
    inputs: [
      [0.1, null],
      [0.3, 0.4],
    ],
    label: '1',
  },
}

const { id: _id, name: _name, created_at: _createdAt, stored_bytes: _storedBytes, ...FOUND } = SEQUENCES
const DRY_RUN = { ...FOUND, object: 'dry_run', samples: [SAMPLE] }

/** An example of each shared schema of the document, by its title. Tests hold them against the schemas. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  Upload: { object: 'upload', key: 'vowels-2026-11', offset: 33_554_432 },
  JobSpecInput: {
    name: 'adding, T = 100',
    model: { cell: 'lstm', hidden_size: 32 },
    data: { task: 'adding' },
    sequence_length: 100,
    bptt: { mode: 'truncated', k1: 20, k2: 40 },
    clipping: { policy: 'norm', threshold: 1 },
    optimizer: { type: 'adam', learning_rate: 0.005 },
    training: { max_steps: 500 },
  },
  SweepSpecInput: SWEEP_SPEC,
  Sweep: { ...SWEEP_SUMMARY, runs: [SWEEP_RUN], bands: [SWEEP_BAND] },
  SweepBand: SWEEP_BAND,
  SweepRun: SWEEP_RUN,
  SweepSummary: SWEEP_SUMMARY,
  Dataset: SEQUENCES,
  DatasetDryRun: DRY_RUN,
  TextDryRun: {
    object: 'dry_run',
    kind: 'text',
    bytes: 12,
    sha256: SEQUENCES.sha256,
    characters: 12,
    vocabulary_size: 9,
  },
  SequenceDryRun: DRY_RUN,
  SampleSequence: SAMPLE,
  TextDataset: {
    id: 'ds_0m3k9x2ab4f8g2h1j7k3',
    object: 'dataset',
    name: 'shakespeare',
    kind: 'text',
    bytes: 1_115_394,
    sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
    characters: 1_115_394,
    vocabulary_size: 65,
    created_at: '2026-11-23T09:30:00.000Z',
  },
  SequenceDataset: SEQUENCES,
  DatasetField: SEQUENCES.fields[0],
  DatasetCategory: SEQUENCES.fields[1].categories[0],
  SequenceLengths: SEQUENCES.lengths,
  Checkpoint: {
    id: 'ckpt_0m3k9x2ab4f8g2h1j7k3',
    object: 'checkpoint',
    job: 'job_0m3k9x2ab4f8g2h1j7k3',
    epoch: 1,
    step: 1000,
    created_at: '2026-11-23T09:30:00.000Z',
    bytes: 204_088,
    sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
    metrics: { loss: 0.179, evaluation_loss: 0.171 },
  },
  Event: {
    id: 'evt_0m3k9x2ab4f8g2h1j7k3_1',
    object: 'event',
    seq: 1,
    created_at: '2026-11-23T09:30:00.000Z',
    level: 'info',
    code: 'job_created',
    message: 'Job accepted and queued',
    data: {},
  },
  Worker: {
    id: 'wrk_0m3k9x2ab4f8g2h1j7k3',
    object: 'worker',
    host: 'node-1',
    pid: 4711,
    engine: 'tensorflow',
    device: 'cuda',
    engine_reason: 'Engine "tensorflow" is the fastest that starts on this machine',
    engine_fallback: false,
    vector_lanes: null,
    accelerator: 'gpu',
    labels: { pool: 'p100', site: 'oslo' },
    memory_bytes: 17_179_869_184,
    gpus: [GPU],
    slots: [{ job: null, memory_bytes: 17_179_869_184, gpu: GPU.uuid }],
    preemption_after_seconds: 60,
    status: 'online',
    started_at: '2026-11-23T09:00:00.000Z',
    last_seen_at: '2026-11-23T09:30:00.000Z',
    versions: { node: '20.20.2', tensorflow: '2.21.0' },
  },
  Gpu: GPU,
  Garbage: {
    object: 'garbage',
    dry_run: true,
    as_of: '2026-11-28T09:30:00.000Z',
    grace_seconds: 3600,
    retention_days: 30,
    orphans: {
      count: 1,
      bytes: 204_088,
      items: [
        {
          key: 'jobs/job_0m3k9x2ab4f8g2h1j7k3/checkpoints/1/ckpt_0m3k9x2ab4f8g2h1j7k3/state.safetensors',
          bytes: 204_088,
          written_at: '2026-11-23T09:30:00.000Z',
        },
      ],
    },
    jobs: {
      count: 1,
      bytes: 1_406_231,
      items: [{ id: 'job_0m3k9x2ab4f8g2h1j7k4', finished_at: '2026-10-23T09:30:00.000Z', bytes: 1_406_231 }],
    },
    sweeps: [],
    has_more: false,
  },
  Usage: {
    object: 'usage',
    jobs: JOBS,
    redis: { as_of: '2026-11-28T09:30:00.000Z', memory_bytes: 9_437_184, rows: { jobs: 1, bytes: 412_090 } },
    artifacts: {
      as_of: '2026-11-28T09:30:00.000Z',
      checkpoints: { count: 39, bytes: 2_653_144 },
      models: { count: 3, bytes: 68_212 },
      weights: { count: 1, bytes: 18_360 },
      archived_rows: { count: 24, bytes: 9_180_112 },
      datasets: { count: 1, bytes: 1_115_394 },
      other: { count: 0, bytes: 0 },
    },
    training: {
      as_of: '2026-11-28T09:30:03.000Z',
      from: '2026-10-30',
      to: '2026-11-28',
      since: '2026-11-27T18:02:11.000Z',
      days: [{ date: '2026-11-28', engine: 'tensorflow', device: 'cpu', project: null, seconds: 812.4, steps: 40_000 }],
    },
  },
  Queue: {
    object: 'queue',
    lines: [
      { ...LINE, accelerator: 'any', depth: 3, oldest_wait_seconds: 12.5, workers: 1 },
      { ...LINE, accelerator: 'cpu', depth: 0, oldest_wait_seconds: null, workers: 1 },
      { ...LINE, accelerator: 'gpu', depth: 1, oldest_wait_seconds: 360, paused_at: PAUSED_AT },
      {
        ...LINE,
        accelerator: 'gpu',
        labels: { pool: 'a100' },
        depth: 2,
        oldest_wait_seconds: 90,
        paused_at: PAUSED_AT,
      },
    ],
    jobs: JOBS,
  },
  Metrics: {
    object: 'metrics',
    cursor: '1.420',
    done: false,
    first_step: 1,
    steps: [419, 420],
    series: { loss: [0.182, 0.179], grad_norm: [0.83, 'Infinity'], evaluation_loss: [null, 0.171] },
  },
  MetricBuckets: {
    object: 'metrics',
    cursor: '1.420',
    done: false,
    first_step: 1,
    bucket_steps: 256,
    steps: [1, 257],
    last_step: 420,
    series: {
      loss: {
        n: [255, 164],
        min: [0.31, 0.179],
        max: [0.72, 0.33],
        max_step: [3, 260],
        mean: [0.42, 0.21],
        last: [0.33, 0.179],
        nonfinite: [1, 0],
        nan: [1, 0],
        negative_infinity: [0, 0],
      },
    },
  },
  MetricsSummary: {
    object: 'metrics_summary',
    cursor: '1.420',
    done: false,
    first_step: 1,
    series: {
      loss: {
        n: 419,
        last: 0.179,
        min: 0.179,
        min_step: 420,
        max: 0.72,
        max_step: 3,
        mean: 0.33,
        percentiles: { p1: 0.181, p5: 0.19, p25: 0.24, p50: 0.31, p75: 0.42, p95: 0.6, p99: 0.69 },
        nonfinite: { nan: 1, infinity: 0, negative_infinity: 0 },
      },
    },
  },
  Flow: {
    object: 'flow',
    cursor: '1.420',
    done: false,
    first_step: 10,
    layer: 0,
    layers: 1,
    steps: [420],
    timesteps: [1, 2, 3, 4],
    log10_norm: [[-4.1, -3.2, -2.2, -1.3]],
  },
  FlowBuckets: {
    object: 'flow',
    cursor: '1.420',
    done: false,
    first_step: 10,
    layer: 0,
    layers: 1,
    bucket_steps: 256,
    bucket_timesteps: 2,
    steps: [1, 257],
    last_step: 420,
    timesteps: [1, 3],
    log10_norm: {
      min: [
        [-4.3, -2.6],
        [-4.1, -2.2],
      ],
      max: [
        [-2.9, -1.1],
        [-3.2, -1.3],
      ],
      nan: [
        [0, 1],
        [0, 0],
      ],
    },
  },
  Matrix: {
    object: 'matrix',
    step: 400,
    timesteps: 4,
    layers: [
      {
        layer: 0,
        sources: [1, 4],
        log10_norm: [
          [-2.4, -1.9, -1.3, '-Infinity'],
          [-4.1, -3.2, -2.2, -1.3],
        ],
        flow: [-2.4, -1.9, -1.2, -1.3],
      },
    ],
  },
  Probe: {
    object: 'probe',
    step: 420,
    epsilon: 0.01,
    timesteps: 4,
    layers: [{ layer: 0, log10_phi: [-1.3, -2.2, -3.2, -4.1], beta: 0.1162, horizon: 3, reach: 'ends', rounded: 0 }],
  },
  ProblemDetails: {
    type: '/docs/errors#INVALID_SPECIFICATION',
    title: 'Specification cannot be accepted',
    status: 422,
    detail: 'Cannot accept the specification as these fields are at fault: /bptt/k2',
    code: 'INVALID_SPECIFICATION',
    request_id: 'req_8fb27d6c1e90',
    errors: [{ pointer: '/bptt/k2', detail: 'Must be ≥ k1 (20): current value is 5', value: 5 }],
  },
}
