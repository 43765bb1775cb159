import { get } from 'node:http'
import { connect, type Socket } from 'node:net'

/** How long one that never reads keeps its end open: longer than the service does. */
const STALL_MS = 90_000
const VANISH_EVERY_MS = 100

/**
 * Clients that harm a careless service: some send a request and never read a byte of its answer, then come again; others
 * vanish before or amid their answer, one each 100 ms.
 */
export class RudeClients {
  stalled = 0
  vanished = 0
  readonly #url: URL
  readonly #job: string
  readonly #stalling = new Set<Socket>()
  readonly #timers: NodeJS.Timeout[] = []

  constructor(base: string, job: string) {
    this.#url = new URL(base)
    this.#job = `/v1/jobs/${job}`
  }

  /** @param stalling how many never read, at any time */
  start(stalling: number): void {
    const stall = () => {
      this.#leave()
      for (let nth = 0; nth < stalling; nth++)
        this.#stall(nth % 2 === 0 ? `${this.#job}/stream` : `${this.#job}/metrics?limit=10000`)
    }
    stall()
    this.#timers.push(
      setInterval(stall, STALL_MS),
      setInterval(() => this.#vanish(), VANISH_EVERY_MS),
    )
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#leave()
  }

  #leave(): void {
    for (const socket of this.#stalling) socket.destroy()
    this.#stalling.clear()
  }

  #stall(path: string): void {
    this.stalled += 1
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    this.#stalling.add(socket.pause())
    socket.on('error', () => {}) // of being cut off
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.#url.host}\r\n\r\n`)
  }

  #vanish(): void {
    const nth = this.vanished++
    const headers = nth % 4 === 3 ? { prefer: 'wait=30' } : {}
    const url = new URL(`${this.#job}/${nth % 2 === 0 ? 'stream' : 'metrics'}`, this.#url)
    const request = get(url, { agent: false, headers })
    request.on('error', () => {}) // of its own making
    setTimeout(() => request.destroy(), (nth % 10) * 50)
  }
}
