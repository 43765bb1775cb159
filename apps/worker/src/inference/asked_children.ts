// The children that answer recorded requests: a fresh one for each, or one that stays and answers the next with what it has open.

import { KeptChild, type KeptChildOptions } from '../children/kept_child.ts'
import { besideVariables } from '../children/job_variables.ts'
import type { WarmChildren } from '../children/warm_children.ts'
import type { FromChild, ToChild } from '../protocol.ts'
import { lowerPriority } from '../training/priority.ts'

export interface Asked {
  message: ToChild
  /** Hears every message about it. */
  hear: (said: FromChild) => void
  /** The child is killed when it aborts. */
  signal: AbortSignal
}

/** Asks children one request at a time. */
export interface Asking {
  /** Settles once a child has answered or has ended: with what it said last, if anything. */
  ask(asked: Asked): Promise<FromChild | undefined>
  close(): void
}

export interface Keeping {
  /** What the child does, and did, in the words of the log. */
  words: { does: string; did: string }
  /** Niceness of the child. */
  niceness: number
  isAnswer: (said: FromChild) => boolean
}

/** Asks a child that ends with its answer. */
export function askFresh(context: { children: Pick<WarmChildren, 'take' | 'refill'>; hasGpus: boolean }): Asking {
  const { children, hasGpus } = context
  return {
    async ask({ message, hear, signal }) {
      let last: FromChild | undefined
      const child = children.take(besideVariables(hasGpus), (said) => {
        hear(said)
        last = said
      })
      const kill = () => child.kill()
      signal.addEventListener('abort', kill, { once: true })
      if (signal.aborted) kill()
      child.send(message)
      await child.exited
      signal.removeEventListener('abort', kill)
      children.refill()
      return last
    },
    close() {},
  }
}

/** Asks one child again and again, which ends when it has not been asked for a while, or with an error. */
export function askKept(options: KeptChildOptions, { words, niceness, isAnswer }: Keeping): Asking {
  let open: { hear: (said: FromChild) => void; end: () => void } | undefined
  const kept = new KeptChild(options, {
    words,
    onMessage: (said) => open?.hear(said),
    countOpen: () => ({ open: open === undefined ? 0 : 1 }),
    onEnd: () => open?.end(),
  })
  const kill = () => kept.kill()
  return {
    async ask({ message, hear, signal }) {
      let last: FromChild | undefined
      const child = kept.take()
      if (child.pid !== undefined) void lowerPriority(child.pid, niceness)
      signal.addEventListener('abort', kill, { once: true })
      if (signal.aborted) kill()
      child.send(message)
      await new Promise<void>((end) => {
        const take = (said: FromChild) => {
          hear(said)
          last = said
          if (isAnswer(said)) end()
        }
        open = { hear: take, end }
      })
      open = undefined
      signal.removeEventListener('abort', kill)
      kept.rest()
      return last
    },
    close: kill,
  }
}
