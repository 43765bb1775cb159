import type { Session } from '@unroll/contract'

/** The topic of workers that look for sessions. */
export const SESSIONS_TOPIC = 'sessions'

/** The part of a session that does not change. */
export type SessionRecord = Omit<Session, 'status' | 'step'>

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
export function parseSession(json: string | null): { record: SessionRecord; owner: string } | undefined {
  if (json === null) return undefined
  const { owner, ...record } = JSON.parse(json) as SessionRecord & { owner: string }
  return { record, owner }
}
