import { UnrollError, type ErrorCode, type SessionSpec } from '@unroll/contract'
import type { SessionCommand } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { header } from '../document/answers.ts'
import { keyHeaders, readKey } from '../jobs/idempotency.ts'
import type { Services } from '../types.ts'

/** Specifications that are kept in memory. */
const MOST_KNOWN = 1_000

/** Problems of routes that ask a session. */
export const ASKING: readonly ErrorCode[] = [
  'SESSION_NOT_FOUND',
  'SESSION_FAILED',
  'SESSION_BUSY',
  'SESSION_TIMEOUT',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_SPENT',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'CROSS_ORIGIN',
  'STORAGE_FULL',
]

/** Headers of a request that asks a session. */
export const ASKING_HEADERS: ReturnType<typeof keyHeaders> = keyHeaders(
  'The same key with the same command gives the answer of the first time, and nothing is computed again: for the newest 1,000 commands of the session, within 24 hours.',
)

/** Headers of its answer. */
export const ANSWER_HEADERS: Readonly<Record<'idempotent-replayed', object>> = {
  'idempotent-replayed': header('"true" when the key was used before and this is the answer of that time.'),
}

type Asked = Pick<FastifyRequest, 'headers'> & { params: { id: string } }

/**
 * The answer to a command, as it is told; `idempotent-replayed` is set where it is that of an earlier request.
 *
 * @throws {UnrollError} why there is none
 */
export async function askSession(
  { store }: Pick<Services, 'store'>,
  { request, reply }: { request: Asked; reply: Pick<FastifyReply, 'header'> },
  command: SessionCommand,
): Promise<Readonly<Record<string, unknown>>> {
  const { id } = request.params
  const { answer, replayed } = await store.sessions.ask(id, command, readKey(request))
  if (replayed) reply.header('idempotent-replayed', 'true')
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
