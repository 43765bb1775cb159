import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job, Measured, StreamMessage } from '@unroll/client'
import { RunView } from './run_view.ts'

/** As much of a job as is shown. */
function jobOf(status: Job['status'], waitingFor: string | null = null): Job {
  const progress = { step: 0, max_steps: 10, eta_seconds: null }
  return { status, queue: { position: null, waiting_for: waitingFor }, progress } as Job
}

function moved(to: Job['status']): StreamMessage {
  return { id: '', type: 'status', data: jobOf(to) }
}

/** Rows from a step on, of these norms, each of which took half a second. */
function rows(from: number, norms: Measured[], resumed?: number): StreamMessage {
  const series = { loss: norms, grad_norm: norms, grad_norm_clipped: norms, step_ms: norms.map(() => 500) }
  const steps = norms.map((_, at) => from + at)
  const data = { object: 'metrics' as const, cursor: '', done: false, first_step: 1, steps, series }
  return { id: '', type: 'metrics', data: { ...data, ...(resumed !== undefined && { resumed_from_step: resumed }) } }
}

/** Two rows with these series alone. */
function evaluated(series: Record<string, Measured[]>): StreamMessage {
  const data = { object: 'metrics' as const, cursor: '', done: false, first_step: 1, steps: [2, 3], series }
  return { id: '', type: 'metrics', data }
}

const EMPTY = '[░░░░░░░░░░░░░░░░░░░░]'
const LINES: [what: string, messages: StreamMessage[], line: string][] = [
  [
    'what a job waits for',
    [],
    `queued  waits for a worker: none is online  ${EMPTY} 0%  step 0/10  loss -  norm - → -`,
  ],
  [
    'the newest row, and the time left at the pace so far',
    [moved('running'), rows(1, [1, 10]), rows(3, [100])],
    'running  [██████░░░░░░░░░░░░░░] 30%  step 3/10  loss 100  norm 100 → 100  ▁▅█  4 s left',
  ],
  [
    'the newest evaluation, but for what follows from its loss',
    [
      moved('running'),
      rows(1, [1]),
      evaluated({ evaluation_loss: [0.5, null], evaluation_macro_f1: [0.25, null], evaluation_perplexity: [2, null] }),
    ],
    'running  [██████░░░░░░░░░░░░░░] 30%  step 3/10  loss -  norm - → -  evaluation loss 0.5, macro f1 0.25  ▁    4 s left',
  ],
  [
    'none of the rows that became void',
    [moved('running'), rows(1, [1, 10, Infinity]), rows(2, [10], 1)],
    'running  [████░░░░░░░░░░░░░░░░] 20%  step 2/10  loss 10  norm 10 → 10  ▁█  4 s left',
  ],
  [
    'a run that has ended, with what is not finite',
    [rows(1, [1, NaN]), { id: '', type: 'end', data: jobOf('failed') }],
    'failed  [████░░░░░░░░░░░░░░░░] 20%  step 2/10  loss NaN  norm NaN → NaN  ▁!',
  ],
]
for (const [what, messages, line] of LINES) {
  test(`RunView shows ${what}`, () => {
    const view = new RunView(jobOf('queued', 'a worker: none is online'))
    for (const message of messages) view.hear(message)
    assert.equal(view.line(), line)
  })
}
