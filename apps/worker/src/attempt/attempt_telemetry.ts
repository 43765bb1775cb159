import type { Claim } from '@unroll/store'
import type { Span, Tracing } from '@unroll/telemetry'
import type { Instruments } from '../fleet/instruments.ts'

type Claimed = Exclude<Claim, { refused: unknown }>

export interface TelemetryContext {
  instruments: Instruments
  tracing: Tracing
}

/** How a job is left when an attempt did not go as it should. */
const FAULTS: readonly string[] = ['failed', 'interrupted', 'fenced']

/** What operators see of one attempt: its share of the worker's instruments, and its span. */
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

  /** @param left the state the job is left in, or `fenced` */
  end(left: string, why: string | undefined): void {
    this.#instruments.ended(left)
    this.#span.set({ 'unroll.end': left, ...(why !== undefined && { 'unroll.end_reason': why }) })
    this.#span.end(FAULTS.includes(left) ? (why ?? left) : undefined)
  }
}
