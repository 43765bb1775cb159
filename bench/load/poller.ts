import { Agent, get, type IncomingMessage } from 'node:http'
import type { Tally } from './tally.ts'

const EVERY_MS = 1_000
const SERIES = 'loss,grad_norm,grad_norm_clipped'

/** Polls the metrics of a job once a second as the dashboard does: rows behind its cursor, with the tag of its last answer, over one connection. */
export class Poller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #base: string
  readonly #tally: Tally
  /** Whether its rows are looked at. */
  readonly #checks: boolean
  #after = '0.0'
  #step = 0
  #etag: string | undefined
  #isWaiting = false
  #isOver = false
  #timer: NodeJS.Timeout | undefined

  constructor(base: string, job: string, { tally, checks }: { tally: Tally; checks: boolean }) {
    this.#base = `${base}/v1/jobs/${job}/metrics?series=${SERIES}&limit=10000&after=`
    this.#tally = tally
    this.#checks = checks
  }

  start(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#poll(), EVERY_MS)
      this.#poll()
    }, delayMs)
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#agent.destroy()
  }

  #poll(): void {
    if (this.#isWaiting) {
      this.#tally.late += 1
      return
    }
    this.#isWaiting = true
    const since = performance.now()
    const headers = this.#etag === undefined ? {} : { 'if-none-match': this.#etag }
    const request = get(`${this.#base}${this.#after}`, { agent: this.#agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        this.#isWaiting = false
        this.#tally.answered(response.statusCode ?? 0, performance.now() - since)
        if (response.statusCode === 200) this.#take(response, Buffer.concat(chunks))
      })
    })
    request.on('error', (error) => {
      this.#isWaiting = false
      if (!this.#isOver) this.#tally.error(error.message)
    })
  }

  #take({ headers }: IncomingMessage, body: Buffer): void {
    this.#tally.bytes += body.length
    const cursor = String(headers['unroll-cursor'])
    this.#etag = cursor === this.#after ? headers.etag : undefined // the tag belongs to the address
    this.#after = cursor
    if (!this.#checks) return
    const { steps } = JSON.parse(body.toString()) as { steps: number[] }
    this.#step = this.#tally.check(steps, this.#step)
  }
}
