import { EVENTS } from '../lifecycle/events.ts'
import { MOVES, REASONS, isFinal, type JobStatus } from '../lifecycle/states.ts'
import { code, opening, table } from './markdown.ts'

/** The document of states, transitions, reasons and events of a job. */
export function states(): string {
  const moves = Object.entries(MOVES).map(([from, to]) => [
    code(from),
    isFinal(from as JobStatus) ? 'the end' : to.map(code).join(', '),
  ])
  const reasons = Object.entries(REASONS).map(([name, meaning]) => [code(name), meaning])
  const events = Object.entries(EVENTS).map(([name, { level, message }]) => [code(name), level, message])
  return [
    opening('States of a job', '`packages/contract/src/lifecycle`'),
    '## Moves\n',
    table(['state', 'may become'], moves),
    '',
    diagram(),
    '\n## Reasons\n\nWhy a job is in its state, or why an attempt at it ended.\n',
    table(['`status_reason`', 'meaning'], reasons),
    '\n## Events\n\nWhat is written to the log of a job.\n',
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
