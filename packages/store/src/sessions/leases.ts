// The side of workers: who computes which session.

import { MOST_TOLD, type SessionSpec } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { decodeEntry, decodeMessage, type EncodedAnswer, type LoggedCommand, type ToldCommand } from './commands.ts'
import { KEPT, MOST_SENT_BYTES, SESSIONS_TOPIC, parseSession, type SessionCheckpoint } from './records.ts'

/** Claims without an answer after which a session fails. */
const MOST_CLAIMS = 6
const WHY_FAILED = `the processes that computed it have ended ${MOST_CLAIMS} times before they could answer`
/** Bounds the memory of what is read and not yet handed on. */
const MOST_READ = 32
/** Sessions that are looked at, at once. */
const MOST_DUE = 100

/** A session that a worker holds. */
export interface HeldSession {
  id: string
  epoch: number
  spec: SessionSpec
  checkpoint: SessionCheckpoint | null
  /** The last entry of the log that was answered. */
  answered: string
}

export type Leases = ReturnType<typeof leases>

export function leases(context: Context) {
  return { ...holding(context), ...computing(context) }
}

/** Who has which session. */
function holding(context: Context) {
  const { db, keys, timing } = context
  return {
    /** Ids of sessions that somebody must take. */
    async listDue(): Promise<string[]> {
      const now = await context.now()
      return await db.command((redis) => redis.zrangebyscore(keys.sessionLeases, '-inf', now, 'LIMIT', 0, MOST_DUE))
    },
    /** Takes a session; undefined where another has it. */
    async claim(id: string): Promise<HeldSession | undefined> {
      const fields = await db.script<string[]>(
        'claim_session',
        [keys.session(id), keys.sessionLeases],
        [id, context.clock(), timing.lockMs, MOST_CLAIMS, WHY_FAILED],
      )
      if (fields.length === 0) return undefined
      const { epoch, checkpoint, answered = '0-0' } = pairUp(fields)
      const stored = parseSession(await db.command((redis) => redis.hget(keys.sessions, id)))
      if (stored === undefined) return undefined
      return {
        id,
        epoch: Number(epoch),
        spec: stored.record.spec,
        checkpoint: checkpoint === undefined ? null : (JSON.parse(checkpoint) as SessionCheckpoint),
        answered,
      }
    },
    /** Holds on to a session for another `lockMs`. @returns whether it is still held */
    async renew({ id, epoch }: HeldSession): Promise<boolean> {
      const args = [id, epoch, context.clock(), timing.lockMs]
      return (await db.script<0 | 1>('renew_session', [keys.session(id), keys.sessionLeases], args)) === 1
    },
    /** Gives a session up. */
    async release({ id, epoch }: HeldSession): Promise<'asleep' | 'waiting' | 'fenced'> {
      return await db.script(
        'release_session',
        [keys.session(id), keys.sessionLog(id), keys.sessionLeases],
        [id, epoch, keys.control, SESSIONS_TOPIC],
      )
    },
    /** Calls back when a session waits for a worker. */
    onDue: (callback: () => void) => context.control.subscribe(SESSIONS_TOPIC, callback),
    /** Milliseconds between two looks at leases: a third of the time that they last. */
    renewMs: timing.lockMs / 3,
  }
}

/** What is asked of a session that is held, and what it answers. */
function computing(context: Context) {
  const { db, keys } = context
  return {
    /** Commands that are read at once. */
    mostRead: MOST_READ,
    /** The commands after an entry of the log, up to `mostRead`. */
    async read(id: string, after: string): Promise<LoggedCommand[]> {
      const entries = await db.command((redis) =>
        redis.xrangeBuffer(keys.sessionLog(id), `(${after}`, '+', 'COUNT', MOST_READ),
      )
      return entries.map(([entry, fields]) => decodeEntry(String(entry), fields))
    },
    /** Answers a command. @returns whether the session is still held */
    async answer(
      { id, epoch }: HeldSession,
      { entry, name, mailbox }: Pick<LoggedCommand, 'entry' | 'name' | 'mailbox'>,
      { step, answer, done }: EncodedAnswer,
    ): Promise<boolean> {
      const bounds = [MOST_SENT_BYTES, KEPT.names, KEPT.bytes, KEPT.ms]
      const isHeld = await db.script<0 | 1>(
        'answer_command',
        [keys.session(id), keys.sessionAnswers(id), keys.sessionUpdates(id), keys.sessionFiles(id)],
        [epoch, entry, step, name, answer, keys.mailbox(mailbox), ...bounds, done ?? '', MOST_TOLD],
      )
      return isHeld === 1
    },
    /**
     * Makes a checkpoint count, and forgets the commands before it.
     *
     * @param bytes of those commands
     * @returns the one before, whose file nothing references any more; undefined where the session is no longer held
     */
    async register(
      { id, epoch }: HeldSession,
      checkpoint: SessionCheckpoint,
      bytes: number,
    ): Promise<{ before: SessionCheckpoint | null } | undefined> {
      const [done, before = ''] = await db.script<[0 | 1, string?]>(
        'register_session',
        [keys.session(id), keys.sessionLog(id)],
        [epoch, JSON.stringify(checkpoint), checkpoint.entry, bytes],
      )
      if (done === 0) return undefined
      return { before: before === '' ? null : (JSON.parse(before) as SessionCheckpoint) }
    },
    /** Calls back with each command that is added to a session that is held. */
    onCommand: (id: string, callback: (told: ToldCommand) => void) =>
      context.control.receive(id, (message) => callback(decodeMessage(message))),
  }
}

function pairUp(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: fields.length / 2 }, (_, at) => [fields[2 * at]!, fields[2 * at + 1]!]),
  )
}
