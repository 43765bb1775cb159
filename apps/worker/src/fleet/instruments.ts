import type { Gpu, MetricRow } from '@unroll/contract'
import type { Claimed } from '@unroll/store'
import { Counter, Gauge, Histogram, Registry } from '@unroll/telemetry'
import type { Registration } from './registration.ts'
import type { Slots } from './slots.ts'
import type { Append } from '../metrics/metric_writer.ts'

const STEP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const WAIT_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200]

/** Holds the rows that the store has not confirmed. */
type Writer = { readonly size: number }
/** The instruments of a worker. */
export class Instruments {
  readonly registry: Registry = new Registry()
  /** The spools of the current attempts, one for each busy slot. */
  readonly #spools = new Set<Writer>()
  readonly #steps: Histogram
  readonly #waits: Histogram
  readonly #frames: Counter<'answer'>
  readonly #attempts: Counter<'end'>

  constructor(
    slots: Pick<Slots, 'count' | 'busy' | 'devices' | 'gpus' | 'jobsOn'>,
    registration: Pick<Registration, 'engine'>,
  ) {
    const registers = [this.registry]
    this.#steps = new Histogram({
      name: 'unroll_step_seconds',
      help: 'Time of a training step, of those that have a row.',
      buckets: STEP_SECONDS,
      registers,
    })
    this.#waits = new Histogram({
      name: 'unroll_queue_wait_seconds',
      help: 'Time from the acceptance of a job to its first attempt.',
      buckets: WAIT_SECONDS,
      registers,
    })
    this.#frames = new Counter({
      name: 'unroll_frames_total',
      help: 'Frames of metrics, by what the store made of them.',
      labelNames: ['answer'],
      registers,
    })
    this.#attempts = new Counter({
      name: 'unroll_attempts_total',
      help: 'Attempts at jobs, by what they left the job as.',
      labelNames: ['end'],
      registers,
    })
    addGauges(registers, this.#spools, slots)
    addEngineGauge(registers, registration)
    addGpuGauges(registers, slots)
  }

  /**
   * Counts a new attempt as current.
   *
   * @returns a function that ends this
   */
  follow({ epoch, ageMs }: Pick<Claimed, 'epoch' | 'ageMs'>, spool: Writer): () => void {
    if (epoch === 1) this.#waits.observe(ageMs / 1_000)
    this.#spools.add(spool)
    return () => void this.#spools.delete(spool)
  }

  /** `append` with a counter. */
  counted(append: Append): Append {
    return async (frame, options) => {
      const answer = await append(frame, options)
      this.#frames.inc({ answer })
      return answer
    }
  }

  observe(rows: readonly MetricRow[]): void {
    for (const { series } of rows) if (series['step_ms'] !== undefined) this.#steps.observe(series['step_ms'] / 1_000)
  }

  /** @param end the resulting state of the job, or `fenced` */
  ended(end: string): void {
    this.#attempts.inc({ end })
  }
}

function addGauges(
  registers: Registry[],
  spools: ReadonlySet<Writer>,
  slots: Pick<Slots, 'count' | 'busy' | 'devices'>,
): void {
  const rows: Gauge = new Gauge({
    name: 'unroll_spool_rows',
    help: 'Rows of metrics that the store does not have yet.',
    registers,
    collect: () => rows.set([...spools].reduce((sum, { size }) => sum + size, 0)),
  })
  const states: Gauge<'state'> = new Gauge({
    name: 'unroll_slots',
    help: 'Slots of this worker: busy, free, or without their GPU.',
    labelNames: ['state'],
    registers,
    collect: () => {
      const { busy } = slots
      states.set({ state: 'busy' }, busy)
      const able = slots.devices.length
      states.set({ state: 'free' }, Math.max(0, able - busy))
      states.set({ state: 'faulty' }, slots.count - able)
    },
  })
}

function addEngineGauge(registers: Registry[], registration: Pick<Registration, 'engine'>): void {
  const gauge: Gauge<'engine' | 'device' | 'vector_lanes'> = new Gauge({
    name: 'unroll_engine_fallback',
    help: 'The engine that trains: 1 where a faster one was to be had and does not start, else 0.',
    labelNames: ['engine', 'device', 'vector_lanes'],
    registers,
    collect: () => {
      const { engine, device, vectorLanes, isFallback } = registration.engine
      gauge.reset()
      gauge.set({ engine, device, vector_lanes: vectorLanes ?? '' }, isFallback ? 1 : 0)
    },
  })
}

/** The facts of each GPU, and its number of jobs. */
const GPU_GAUGES: readonly { name: string; help: string; of: (gpu: Gpu, jobs: number) => number | null }[] = [
  { name: 'up', help: '1 while the GPU can be trained on.', of: ({ fault }) => (fault === null ? 1 : 0) },
  { name: 'memory_bytes', help: 'Memory of the GPU.', of: (gpu) => gpu.memory_bytes },
  { name: 'memory_used_bytes', help: 'Memory of the GPU in use.', of: (gpu) => gpu.memory_used_bytes },
  { name: 'utilization_ratio', help: 'Share of the time in which the GPU computed.', of: (gpu) => gpu.utilization },
  { name: 'temperature_celsius', help: 'Temperature of the GPU.', of: (gpu) => gpu.temperature_celsius },
  { name: 'jobs', help: 'Jobs that train on the GPU, alone or together with others.', of: (_, jobs) => jobs },
]

function addGpuGauges(registers: Registry[], slots: Pick<Slots, 'gpus' | 'jobsOn'>): void {
  for (const { name, help, of } of GPU_GAUGES) {
    const gauge: Gauge<'uuid' | 'gpu'> = new Gauge({
      name: `unroll_gpu_${name}`,
      help,
      labelNames: ['uuid', 'gpu'],
      registers,
      collect: () => {
        gauge.reset()
        for (const gpu of slots.gpus) {
          const value = of(gpu, slots.jobsOn(gpu.uuid))
          if (value !== null) gauge.set({ uuid: gpu.uuid, gpu: gpu.name }, value)
        }
      },
    })
  }
}
