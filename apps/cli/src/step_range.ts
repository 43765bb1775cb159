import { parseCount, type Call, type Command } from './command.ts'

/** Options of a command that prints some steps of a run. */
export const RANGE_OPTIONS: NonNullable<Command['options']> = {
  from: { type: 'string', value: 'step', help: 'from this step on' },
  to: { type: 'string', value: 'step', help: 'up to this step' },
}

/** The steps asked for. @throws {UsageError} */
export function parseStepRange(text: Call['text']): { from_step: number | undefined; to_step: number | undefined } {
  return { from_step: parseCount(text['from'], 'from'), to_step: parseCount(text['to'], 'to') }
}
