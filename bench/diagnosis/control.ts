// The control of a proposed change: one that is drawn, of the same fields in any direction.

import { amend, type JobSpec } from '@unroll/contract'
import { random } from '@unroll/random'

type Changes = Readonly<Record<string, unknown>>
/** The values that a field may be changed to; none where the specification does not have it. */
type Field = (spec: JobSpec) => readonly Changes[]

const SEED = 21

/** Every field that a remedy of the diagnosis changes. */
const FIELDS: readonly Field[] = [
  ({ optimizer: { learning_rate } }) =>
    [learning_rate / 10, learning_rate * 10].map((changed) => ({ optimizer: { learning_rate: changed } })),
  ({ clipping }) =>
    'threshold' in clipping ? multiples(clipping.threshold, 10).map((threshold) => ({ clipping: { threshold } })) : [],
  ({ clipping: { policy } }) => [
    policy === 'none' ? { clipping: { policy: 'norm', threshold: 1 } } : { clipping: { policy: 'none' } },
  ],
  ({ model }) => ['rnn', 'gru', 'lstm'].filter((cell) => cell !== model.cell).map((cell) => ({ model: { cell } })),
  ({ sequence_length: T }) => [3, T, 10 * T].map((chrono_t_max) => ({ model: { init: { chrono_t_max } } })),
  () => [0.5, 1, 2].map((spectral_radius) => ({ model: { init: { spectral_radius } } })),
  () => [{ model: { init: null } }, { model: { init: { input: 'normal', std: 1 } } }],
  ({ bptt, sequence_length: T }) =>
    bptt.mode === 'truncated'
      ? [
          ...multiples(bptt.k2, 2).map((k2) => ({ bptt: { k2: Math.min(T, Math.floor(k2)) } })),
          { bptt: { mode: 'full' } },
        ]
      : [],
]

/**
 * A permitted change, drawn by the name of what it is the control of: a field, each as likely, and then a value.
 *
 * @param name of specification and finding
 * @param besides the proposed change, which is not drawn
 */
export function drawChange(spec: JobSpec, name: string, besides: object): Changes {
  const stream = random(SEED, name)
  const fields = FIELDS.map((field) => field(spec))
  for (const at of stream.shuffled(fields.length)) {
    const values = fields[at]!
    for (const n of stream.shuffled(values.length)) if (isAnother(spec, values[n]!, besides)) return values[n]!
  }
  throw new RangeError(`Cannot draw a change as none is permitted: ${JSON.stringify(spec)}`)
}

function multiples(value: number, factor: number): readonly number[] {
  return [value / factor, value * factor]
}

/** Whether a change is permitted, and gives neither the specification itself nor the proposed one. */
function isAnother(spec: JobSpec, changes: object, besides: object): boolean {
  const [changed, proposed] = [amend(spec, changes), amend(spec, besides)]
  if (!changed.ok) return false
  const written = JSON.stringify(changed.value)
  return written !== JSON.stringify(spec) && !(proposed.ok && written === JSON.stringify(proposed.value))
}
