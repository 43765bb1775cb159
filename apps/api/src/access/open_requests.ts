import type { FastifyReply } from 'fastify'

/**
 * Requests of callers with a key that are being answered, each at a place that the next one takes after it. A map or a set leaves its
 * table behind whenever it has grown, with requests in it that V8 then takes to be alive: 1.4 kB of each poll grew old, and made
 * the collector's work half as much again (Node 20).
 */
export class OpenRequests {
  readonly #replies: (FastifyReply | undefined)[] = []
  readonly #free: number[] = []

  /** @returns its place */
  add(reply: FastifyReply): number {
    const place = this.#free.pop() ?? this.#replies.length
    this.#replies[place] = reply
    return place
  }

  /** Frees a place, unless another request has it by now. */
  remove(reply: FastifyReply, place: number): void {
    if (this.#replies[place] !== reply) return
    this.#replies[place] = undefined
    this.#free.push(place)
  }

  /** Those that have taken longer than some milliseconds, with their places. Those whose clients have left are removed. */
  *listLong(ms: number): Generator<FastifyReply> {
    for (const [place, reply] of this.#replies.entries()) {
      if (reply === undefined) continue
      if (reply.request.raw.socket.destroyed) this.remove(reply, place)
      else if (reply.elapsedTime > ms) yield reply
    }
  }
}
