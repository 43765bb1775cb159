import type { Session } from '@unroll/contract'
import { IDEMPOTENCY_MS } from '../jobs/idempotency.ts'

/** The topic of workers that look for sessions. */
export const SESSIONS_TOPIC = 'sessions'

/**
 * Bytes of a command or an answer that a message carries; larger ones are read. Redis closes a subscriber for which 32 MiB
 * wait.
 */
export const MOST_SENT_BYTES: number = 2 ** 17

/**
 * The answers of a session that are kept: the names of so many of the newest, so many bytes of those beside the newest, and all
 * for so many milliseconds after the last command.
 */
export const KEPT = { names: 1_000, bytes: 2 ** 20, ms: IDEMPOTENCY_MS } as const

/** The part of a session that does not change. */
export type SessionRecord = Omit<Session, 'owner' | 'status' | 'step' | 'used_at'>

/** What is stored of it. */
export interface StoredSession {
  record: SessionRecord
  owner: string
}

/** A file of the state of a session after a command. */
export interface SessionCheckpoint {
  /** Of the artifact. */
  key: string
  sha256: string
  step: number
  /** The last entry of the log that is in it. */
  entry: string
}

/** A record and its owner; undefined where there is none. */
export function parseSession(json: string | null): StoredSession | undefined {
  if (json === null) return undefined
  const { owner, ...record } = JSON.parse(json) as SessionRecord & { owner: string }
  return { record, owner }
}
