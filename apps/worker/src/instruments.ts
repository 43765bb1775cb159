import type { MetricRow } from '@unroll/spec'
import type { Claim } from '@unroll/store'
import { Counter, Gauge, Histogram, Registry } from '@unroll/telemetry'
import type { Append } from './spool.ts'

const STEP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const WAIT_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200]

/** Holds the rows that the store does not have yet. */
type Writer = { readonly size: number }
type Claimed = Exclude<Claim, { refused: unknown }>

/** What operators watch of a worker. */
export class Instruments {
  readonly registry: Registry = new Registry()
  /** Of the attempts in hand, one for each busy slot. */
  readonly #spools = new Set<Writer>()
  readonly #steps: Histogram
  readonly #waits: Histogram
  readonly #frames: Counter<'answer'>
  readonly #attempts: Counter<'end'>

  /** @param slots jobs that the worker trains at a time */
  constructor(slots: number) {
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
  }

  /** Counts an attempt that begins as in hand, until the answered function is called. */
  follow({ epoch, ageMs }: Pick<Claimed, 'epoch' | 'ageMs'>, spool: Writer): () => void {
    if (epoch === 1) this.#waits.observe(ageMs / 1_000)
    this.#spools.add(spool)
    return () => void this.#spools.delete(spool)
  }

  /** `append`, counted. */
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

  /** @param end the state the attempt left its job in, or `fenced` */
  ended(end: string): void {
    this.#attempts.inc({ end })
  }
}

function addGauges(registers: Registry[], spools: ReadonlySet<Writer>, slots: number): void {
  const rows: Gauge = new Gauge({
    name: 'unroll_spool_rows',
    help: 'Rows of metrics that the store does not have yet.',
    registers,
    collect: () => rows.set([...spools].reduce((sum, { size }) => sum + size, 0)),
  })
  const states: Gauge<'state'> = new Gauge({
    name: 'unroll_slots',
    help: 'Slots of this worker, busy or free.',
    labelNames: ['state'],
    registers,
    collect: () => {
      states.set({ state: 'busy' }, spools.size)
      states.set({ state: 'free' }, Math.max(0, slots - spools.size))
    },
  })
}
