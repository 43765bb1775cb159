import type { Claimed } from '@unroll/store'
import type { Span, Tracing } from '@unroll/telemetry'
import type { Instruments } from '../fleet/instruments.ts'

export interface TelemetryContext {
  instruments: Instruments
  tracing: Tracing
}

/** The states of a job after a failed attempt. */
const FAULTS: readonly string[] = ['failed', 'interrupted', 'fenced']

/** The telemetry of one attempt: its share of the worker's instruments, and its span. */
export class AttemptTelemetry {
  readonly #instruments: Pick<Instruments, 'ended'>
  readonly #span: Span

  constructor({ instruments, tracing }: TelemetryContext, jobId: string, claim: Claimed) {
    this.#instruments = instruments
    this.#span = tracing.start('attempt', {
      kind: 'consumer',
      parent: claim.traceparent,
      attributes: { 'unroll.job': jobId, 'unroll.epoch': claim.epoch, 'unroll.from_step': claim.fromStep },
    })
  }

  /** The engine is loaded. */
  trains(): void {
    this.#span.event('training')
  }

  /** @param left the resulting state of the job, or `fenced` */
  end(left: string, why: string | undefined): void {
    this.#instruments.ended(left)
    this.#span.set({ 'unroll.end': left, ...(why !== undefined && { 'unroll.end_reason': why }) })
    this.#span.end(FAULTS.includes(left) ? (why ?? left) : undefined)
  }
}
