import { UnrollError, type ErrorCode, type SessionSpec } from '@unroll/contract'
import type { SessionCommand } from '@unroll/store'
import type { Services } from '../types.ts'

/** Specifications that are kept in memory. */
const MOST_KNOWN = 1_000

/** Problems of routes that ask a session. */
export const ASKING: readonly ErrorCode[] = [
  'SESSION_NOT_FOUND',
  'SESSION_FAILED',
  'SESSION_BUSY',
  'SESSION_TIMEOUT',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'CROSS_ORIGIN',
  'STORAGE_FULL',
]

/** The answer to a command, as it is told. @throws {UnrollError} why there is none */
export async function askSession(
  { store }: Pick<Services, 'store'>,
  id: string,
  command: SessionCommand,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await store.sessions.ask(id, command)
  if (answer.type === 'refused') throw new UnrollError(answer.code, answer.message)
  return { object: command.type, session: id, ...answer.fields }
}

/** Reads the specifications of sessions, which never change: a command costs no round trip for them. */
export function specificationReader({ store }: Pick<Services, 'store'>): (id: string) => Promise<SessionSpec> {
  const known = new Map<string, SessionSpec>()
  return async (id) => {
    const found = known.get(id)
    if (found !== undefined) return found
    const { spec } = await store.sessions.get(id)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(id, spec)
    return spec
  }
}
