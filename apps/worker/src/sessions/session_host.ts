// The worker's side of sessions: it takes those that wait, and has one child compute all of them.
//
//   due ──claim──▶ held ──commands──▶ child ──answers, checkpoints──▶ store
//                    └──idle | drained | too many──▶ closed in the child ──▶ asleep, or due again where a command waits

import type { Artifacts, ArtifactsLocation } from '@unroll/artifacts'
import type { HeldSession, LoggedCommand, Store, ToldCommand } from '@unroll/store'
import { KeptChild, type KeptChildOptions } from '../children/kept_child.ts'
import type { EngineChoice, FromChild } from '../protocol.ts'
import { isAfter } from './entries.ts'

/** Sessions that are held at the same time: the one that is idle for longest gives way. */
const MOST_HELD = 16
/** Least time between two looks at what waits. */
const LOOK_MS = 1_000

export interface SessionHostOptions extends KeptChildOptions {
  store: Pick<Store, 'sessionLeases'>
  engine: EngineChoice
  artifacts: ArtifactsLocation
  /** Where the files of replaced checkpoints are deleted. */
  files: Pick<Artifacts, 'delete'>
  /** Time without a command after which a session sleeps. */
  idleMs: number
  /** Faults that the child arms, in tests. */
  faults: string | undefined
}

interface Hold {
  readonly held: HeldSession
  /** The last entry of the log that the child has. */
  sent: string
  usedAt: number
  /** Commands that the child has not answered. */
  open: number
  isReading: boolean
  /** Whether there may be more to read than when the reading began. */
  hasNews: boolean
  isClosing: boolean
  unsubscribe: () => void
}

type Told = Extract<FromChild, { session: string }>

/** Computes sessions until it is closed. */
export class SessionHost {
  readonly #options: SessionHostOptions
  readonly #leases: Store['sessionLeases']
  readonly #holds = new Map<string, Hold>()
  readonly #child: KeptChild
  readonly #timers: readonly NodeJS.Timeout[]
  #isLooking = false
  #isDrained = false
  #unsubscribe = (): void => {}

  constructor(options: SessionHostOptions) {
    this.#options = options
    this.#leases = options.store.sessionLeases
    this.#child = new KeptChild(options, {
      words: { does: 'computes sessions', did: 'computed sessions' },
      onMessage: (message) => this.#receive(message),
      countOpen: () => ({ sessions: this.#holds.size }),
      onEnd: () => {
        for (const hold of this.#holds.values()) void this.#release(hold)
      },
    })
    this.#timers = [
      setInterval(() => this.#lookAgain(), LOOK_MS).unref(),
      setInterval(() => void this.#renewAll(), this.#leases.renewMs).unref(),
    ]
    void this.#listen()
  }

  /** Takes no more sessions, and gives up those that it has. */
  drain(): void {
    this.#isDrained = true
    for (const hold of this.#holds.values()) this.#closeHold(hold)
  }

  undrain(): void {
    this.#isDrained = false
    void this.#look()
  }

  /** Gives all sessions up: what the child has not written is computed again from the log. */
  async close(): Promise<void> {
    this.#isDrained = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#unsubscribe()
    this.#child.kill()
    await Promise.all([...this.#holds.values()].map((hold) => this.#release(hold)))
  }

  async #listen(): Promise<void> {
    try {
      this.#unsubscribe = await this.#leases.onDue(() => void this.#look())
    } catch (error) {
      this.#options.log.warn(error, 'sessions are looked for every second alone')
    }
    await this.#look()
  }

  /** Finds what a message that was lost would have told. */
  #lookAgain(): void {
    void this.#look()
    for (const hold of this.#holds.values()) void this.#read(hold)
  }

  /** Takes sessions that wait, and lets idle ones sleep. */
  async #look(): Promise<void> {
    if (this.#isDrained || this.#isLooking) return
    this.#isLooking = true
    try {
      this.#closeIdle()
      for (const id of await this.#leases.listDue()) await this.#take(id)
    } catch (error) {
      this.#options.log.warn(error, 'sessions not taken')
    } finally {
      this.#isLooking = false
    }
  }

  async #take(id: string): Promise<void> {
    if (this.#isDrained || !this.#hasRoom()) return
    const held = await this.#leases.claim(id)
    if (held === undefined) return
    const before = this.#holds.get(id)
    if (before !== undefined) this.#forget(before) // its lease had run out
    const { engine, artifacts, faults, log } = this.#options
    const { epoch, spec, checkpoint } = held
    const sent = checkpoint?.entry ?? '0-0'
    const hold: Hold = {
      held,
      sent,
      usedAt: performance.now(),
      open: 0,
      isReading: false,
      hasNews: false,
      isClosing: false,
      unsubscribe: () => {},
    }
    this.#holds.set(id, hold)
    log.info({ session: id, epoch, step: checkpoint?.step ?? 0 }, 'session taken')
    this.#child.take().send({ type: 'session_open', session: id, epoch, spec, checkpoint, engine, artifacts, faults })
    await this.#follow(hold)
  }

  async #follow(hold: Hold): Promise<void> {
    try {
      hold.unsubscribe = await this.#leases.onCommand(hold.held.id, (told) => this.#hearCommand(hold, told))
      if (this.#holds.get(hold.held.id) !== hold) return hold.unsubscribe() // it was given up meanwhile
      await this.#read(hold)
    } catch (error) {
      this.#options.log.warn(error, 'a session is not heard')
      this.#forget(hold) // the lease runs out, and the session is taken again
    }
  }

  /** Makes room by letting the session sleep that is idle for longest; that takes until the next look. */
  #hasRoom(): boolean {
    if (this.#holds.size < MOST_HELD) return true
    const [longest] = [...this.#holds.values()].filter(isIdle).toSorted((a, b) => a.usedAt - b.usedAt)
    if (longest !== undefined) this.#closeHold(longest)
    return false
  }

  #closeIdle(): void {
    const since = performance.now() - this.#options.idleMs
    for (const hold of this.#holds.values()) if (isIdle(hold) && hold.usedAt < since) this.#closeHold(hold)
  }

  /** Hands a command on that is next in the log; before another one, the log is read. */
  #hearCommand(hold: Hold, { after, logged }: ToldCommand): void {
    const isNext = logged !== undefined && after === hold.sent && !hold.isReading && !hold.isClosing
    if (isNext) this.#handOn(hold, logged)
    else void this.#read(hold)
  }

  /** Hands the commands that are new to the child. */
  async #read(hold: Hold): Promise<void> {
    hold.hasNews = true
    if (hold.isReading || hold.isClosing) return
    hold.isReading = true
    try {
      while (hold.hasNews && !hold.isClosing) {
        hold.hasNews = false
        const logged = await this.#leases.read(hold.held.id, hold.sent)
        if (hold.isClosing) return // what is read here is left to the next holder
        for (const each of logged) this.#handOn(hold, each)
        if (logged.length === this.#leases.mostRead) hold.hasNews = true
      }
    } catch (error) {
      this.#options.log.warn(error, 'commands of a session not read')
      this.#forget(hold) // the lease runs out, and the session is taken again
    } finally {
      hold.isReading = false
    }
  }

  #handOn(hold: Hold, logged: LoggedCommand): void {
    const { id, epoch, answered } = hold.held
    const isAnswered = !isAfter(logged.entry, answered)
    hold.sent = logged.entry
    hold.usedAt = performance.now()
    if (!isAnswered) hold.open += 1
    this.#child.send({ type: 'session_command', session: id, epoch, logged, isAnswered })
  }

  async #renewAll(): Promise<void> {
    for (const hold of this.#holds.values()) {
      const isHeld = await this.#leases.renew(hold.held).catch(() => true) // an outage: the lease tells
      if (!isHeld) this.#forget(hold)
    }
  }

  #receive(message: FromChild): void {
    if (!('session' in message)) return
    const hold = this.#holds.get(message.session)
    if (hold?.held.epoch === message.epoch)
      void this.#hear(hold, message).catch((error: unknown) => {
        this.#options.log.warn(error, 'an answer of a session not stored')
        this.#forget(hold)
      })
  }

  async #hear(hold: Hold, message: Told): Promise<void> {
    const { log, files } = this.#options
    const { held } = hold
    const session = held.id
    switch (message.type) {
      case 'session_answered': {
        hold.open -= 1
        hold.usedAt = performance.now()
        if (!(await this.#leases.answer(held, message, message))) this.#forget(hold)
        return
      }
      case 'session_saved': {
        const registered = await this.#leases.register(held, message.checkpoint, message.bytes)
        const stale = registered === undefined ? message.checkpoint : registered.before
        if (stale !== null) await files.delete(stale.key).catch((error: unknown) => log.warn(error, 'file not deleted'))
        return
      }
      case 'session_unsaved':
        return log.warn({ session, why: message.message }, 'checkpoint of a session not written')
      case 'session_closed':
        return await this.#release(hold)
      case 'session_lost':
        log.warn({ session, why: message.message }, 'session lost')
        return await this.#release(hold)
    }
  }

  /** Has the child write what it has, before the session is given up. */
  #closeHold(hold: Hold): void {
    if (hold.isClosing) return
    hold.isClosing = true
    const { id, epoch } = hold.held
    this.#child.send({ type: 'session_close', session: id, epoch, saves: true })
  }

  async #release(hold: Hold): Promise<void> {
    this.#forget(hold)
    const outcome = await this.#leases.release(hold.held).catch(() => 'unknown') // the lease runs out
    this.#options.log.info({ session: hold.held.id, outcome }, 'session given up')
  }

  #forget(hold: Hold): void {
    hold.isClosing = true
    hold.unsubscribe()
    const { id, epoch } = hold.held
    this.#child.send({ type: 'session_close', session: id, epoch, saves: false })
    if (this.#holds.get(id) === hold) this.#holds.delete(id)
    if (this.#holds.size === 0) this.#child.rest()
  }
}

function isIdle({ open, isClosing, isReading }: Hold): boolean {
  return open === 0 && !isClosing && !isReading
}
