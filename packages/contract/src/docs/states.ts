import { EVENTS } from '../lifecycle/events.ts'
import { MOVES, REASONS, isFinal, type JobStatus } from '../lifecycle/states.ts'
import { code, opening, table } from './markdown.ts'

/** The document of states, transitions, reasons and events of a job. */
export function states(): string {
  const moves = Object.entries(MOVES).map(([from, to]) => [
    code(from),
    isFinal(from as JobStatus) ? 'final' : to.map(code).join(', '),
  ])
  const reasons = Object.entries(REASONS).map(([name, meaning]) => [code(name), meaning])
  const events = Object.entries(EVENTS).map(([name, { level, message }]) => [code(name), level, message])
  return [
    opening('States of a job', '`packages/contract/src/lifecycle`'),
    '## Transitions\n',
    table(['state', 'may become'], moves),
    '',
    diagram(),
    '\n## Reasons\n\nThe reason of the state of a job, or of the end of an attempt.\n',
    table(['`status_reason`', 'meaning'], reasons),
    '\n## Events\n\nThe entries of the log of a job.\n',
    table(['`code`', '`level`', '`message`'], events),
    '',
  ].join('\n')
}

function diagram(): string {
  const lines = Object.entries(MOVES).flatMap(([from, targets]) =>
    targets.length === 0 ? [`  ${from} --> [*]`] : targets.map((to) => `  ${from} --> ${to}`),
  )
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> queued', ...lines, '```'].join('\n')
}
