import { isDeepStrictEqual } from 'node:util'
import { FINDINGS, amend, type Finding, type Job, type JobSpec, type RecordedFinding } from '@unroll/contract'

type Changes = NonNullable<RecordedFinding['changes']>

const MAX_NAME = 128
const MAX_METADATA = 16

/** The findings of a job, current ones first, each with the specification that results from its changes. */
export function proposing(job: Job, recorded: readonly RecordedFinding[]): Finding[] {
  const found = [...recorded.filter(holds), ...recorded.filter((finding) => !holds(finding))]
  return found.map((finding, at) => {
    const { code, changes } = finding
    const same = changes && found.slice(0, at).find((earlier) => isDeepStrictEqual(earlier.changes, changes))
    return {
      ...finding,
      title: FINDINGS[code].title,
      proposed_spec: changes === null || same ? null : proposed(job, changes),
      proposed_with: same?.code ?? null,
    }
  })
}

function holds({ until_step }: RecordedFinding): boolean {
  return until_step === null
}

/** The specification of a job with changes. */
function proposed(job: Job, changes: Changes): JobSpec | null {
  const amended = amend(job.spec, nameChanges(job, changes))
  return amended.ok ? amended.value : null
}

/** Changes with a name after them and, if the metadata of the job have room, the job. */
export function nameChanges({ id, name, spec }: Job, changes: Changes): Changes {
  const isFull = Object.keys(spec.metadata).length >= MAX_METADATA && !('proposed_from' in spec.metadata)
  return {
    ...changes,
    name: nameProposal(name, describeChanges(changes)),
    ...(isFull ? {} : { metadata: { proposed_from: id } }),
  }
}

/** `adding, rnn → lstm, chrono t max 50`; if the name is too long, the old part is shortened. */
function nameProposal(old: string, change: string): string {
  const tail = Array.from(` → ${change}`)
    .slice(0, MAX_NAME - 1)
    .join('')
  const room = MAX_NAME - tail.length
  let head = ''
  for (const character of old) {
    if (head.length + character.length > room) break
    head += character
  }
  return head + tail
}

/** The changes in words: a cell by its name only, other fields with their names. */
function describeChanges(changes: object): string {
  return Object.entries(changes)
    .flatMap(([name, value]) => {
      if (value === null || value === undefined) return [] // a default, or a field that the new variant does not have
      if (typeof value === 'object') return [describeChanges(value as object)]
      return [NAMED_BY_VALUE.includes(name) ? String(value) : `${name.replaceAll('_', ' ')} ${String(value)}`]
    })
    .filter((words) => words !== '')
    .join(', ')
}

const NAMED_BY_VALUE: readonly string[] = ['cell', 'policy', 'type', 'mode']
