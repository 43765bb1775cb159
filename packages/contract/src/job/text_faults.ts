// What is wrong with a job on a text, once the text is known.

import type { Fault } from '../schema/fault.ts'
import type { JobSpec } from './job_spec.ts'
import type { DatasetShape } from './problem.ts'
import { usesDataset } from './sections/data.ts'

/** The fault of a job on text: each of its parallel streams must hold at least one window and the symbol after it. */
export function datasetFault(
  spec: JobSpec,
  { characters, symbols = characters, unit = 'character' }: DatasetShape,
): Fault | undefined {
  if (!usesDataset(spec.data)) return undefined
  const T = spec.sequence_length
  const training = Math.floor(symbols * (1 - spec.data.validation_fraction))
  const longest = Math.floor(training / spec.training.batch_size) - 1
  if (longest >= T) return undefined
  return {
    pointer: '/sequence_length',
    detail:
      `Must be ≤ ${Math.max(longest, 0)} as the text has ${symbols} ${unit}s, ${training} of them for training ` +
      `in ${spec.training.batch_size} streams (batch_size): current value is ${T}`,
    value: T,
  }
}

/** The fault of a job on text whose held-out part is shorter than one window and the symbol after it: nothing could be evaluated. */
export function heldOutFault(
  spec: JobSpec,
  { characters, symbols = characters, unit = 'character' }: DatasetShape,
): Fault | undefined {
  if (!usesDataset(spec.data) || spec.data.validation_fraction === 0) return undefined
  const { validation_fraction } = spec.data
  const least = spec.sequence_length + 1
  const held = symbols - Math.floor(symbols * (1 - validation_fraction))
  if (held >= least) return undefined
  return {
    pointer: '/data/validation_fraction',
    detail:
      `Must hold out at least ${least} ${unit}s (sequence_length and the one after), or be 0: ` +
      `current value ${validation_fraction} holds out ${held} of ${symbols}`,
    value: validation_fraction,
  }
}
