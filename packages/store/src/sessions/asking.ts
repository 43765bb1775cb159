// The side of who asks a session: a command goes to the log, and its answer comes by message.

import { randomBytes } from 'node:crypto'
import { UnrollError } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { noSuchSession } from '../redis/errors.ts'
import {
  digestCommand,
  encodeCommand,
  nameAnswer,
  type Asker,
  type SessionAnswer,
  type SessionCommand,
} from './commands.ts'
import { explainFailure, readStatus } from './descriptions.ts'
import { Inbox, type Awaited } from './inbox.ts'
import { MOST_SENT_BYTES, SESSIONS_TOPIC } from './records.ts'

/** Bytes of the commands of a session that its worker has not yet saved. */
const MOST_LOG_BYTES = 2 ** 28
/** Bounds what a lost message costs. */
const LOOK_MS = 1_000

/** What comes of a command that is to be added to the log. */
type Appended = 'added' | 'replayed' | 'reused' | 'none' | 'failed' | 'full'

/** What is asked of sessions. */
export function asking(context: Context) {
  const inbox = new Inbox(context.control)
  return {
    /**
     * Adds a command to the log of a session and waits for its answer. The same command with the same key is added once: then it
     * is the answer of the first time.
     *
     * @param key a client's `Idempotency-Key`, which counts for the newest 1,000 commands of the session, for a day
     * @throws {UnrollError} SESSION_NOT_FOUND, SESSION_FAILED, SESSION_BUSY, SESSION_TIMEOUT where no worker has answered, which
     * one may do later; IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT where the answer is kept no longer; STORE_UNAVAILABLE
     */
    async ask(
      id: string,
      command: SessionCommand,
      key?: string,
    ): Promise<{ answer: SessionAnswer; replayed: boolean }> {
      const name = key === undefined ? randomBytes(12).toString('base64url') : nameAnswer(key)
      const encoded = encodeCommand(command)
      const digest = key === undefined ? '' : digestCommand(command, encoded)
      const awaited = await inbox.expect(name)
      try {
        const { outcome, given } = await append(context, id, { name, mailbox: inbox.mailbox, command: encoded, digest })
        if (outcome === 'reused') throw reusedKey(key)
        const json = given ?? (await awaitAnswer(context, { id, name }, awaited))
        if (json === '') throw spentKey(key)
        return { answer: JSON.parse(json) as SessionAnswer, replayed: outcome === 'replayed' }
      } finally {
        awaited.end()
      }
    },
  }
}

interface Appending extends Asker {
  command: Buffer
  digest: string
}

async function append(
  context: Context,
  id: string,
  { name, mailbox, command, digest }: Appending,
): Promise<{ outcome: 'added' | 'replayed' | 'reused'; given: string | undefined }> {
  const { db, keys } = context
  const toWorker = [keys.mailbox(id), MOST_SENT_BYTES, keys.control, SESSIONS_TOPIC]
  const [outcome, given] = await db.script<[outcome: Appended, given?: string]>(
    'append_command',
    [keys.session(id), keys.sessionLog(id), keys.sessionAnswers(id), keys.sessionLeases],
    [id, name, mailbox, command, MOST_LOG_BYTES, ...toWorker, context.clock(), digest],
  )
  if (outcome === 'none') throw noSuchSession(id)
  if (outcome === 'failed') throw await explainFailure(context, id)
  if (outcome === 'full')
    throw new UnrollError(
      'SESSION_BUSY',
      `Cannot take the command: session "${id}" has ${MOST_LOG_BYTES} bytes of commands that wait or are not saved yet`,
    )
  return { outcome, given }
}

function reusedKey(key: string | undefined): UnrollError {
  return new UnrollError(
    'IDEMPOTENCY_KEY_REUSED',
    `Cannot take the command: key "${key}" was used with another command of the session`,
  )
}

function spentKey(key: string | undefined): UnrollError {
  const which = key === undefined ? '' : ` of key "${key}"`
  return new UnrollError(
    'IDEMPOTENCY_KEY_SPENT',
    `Cannot give the answer${which}: the command is computed, and its answer is kept no longer`,
  )
}

/** The answer in JSON; empty where it is kept no longer. */
async function awaitAnswer(
  context: Context,
  { id, name }: { id: string; name: string },
  awaited: Awaited,
): Promise<string> {
  const { db, keys, timing } = context
  const begun = performance.now()
  const untakenMs = Math.min(timing.predictionMs, timing.sessionMs)
  for (;;) {
    const sent = await awaited.wait(LOOK_MS)
    const json = sent ?? (await db.command((redis) => redis.hget(keys.sessionAnswers(id), `a:${name}`)))
    if (json !== null) return json
    const waited = performance.now() - begun
    if (waited < untakenMs || (waited < timing.sessionMs && (await isTaken(context, id)))) continue
    if ((await readStatus(context, id)) === 'failed') throw await explainFailure(context, id)
    throw new UnrollError(
      'SESSION_TIMEOUT',
      `No worker has answered within ${Math.round(waited / 1_000)} s; the command is computed when one takes session "${id}"`,
    )
  }
}

/** Whether a worker has the session, or had it until its death: another one then takes it, once the lease has run out. */
async function isTaken({ db, keys }: Context, id: string): Promise<boolean> {
  return Number(await db.command((redis) => redis.zscore(keys.sessionLeases, id))) > 0
}
