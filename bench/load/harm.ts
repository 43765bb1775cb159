import { connect, type Socket } from 'node:net'

/** Of each kind. */
export interface HarmCounts {
  idle: number
  slowBodies: number
  unread: number
}

/** Clients that hold connections and take or send nothing: idle ones, bodies that do not come, streams that nobody reads. */
export class HarmfulClients {
  readonly #url: URL
  readonly #authorization: string
  readonly #sockets = new Set<Socket>()

  constructor(base: string, authorization: string) {
    this.#url = new URL(base)
    this.#authorization = authorization
  }

  /** @param job whose stream is not read */
  start({ idle, slowBodies, unread }: HarmCounts, job: string): void {
    const head = `host: ${this.#url.host}\r\nauthorization: ${this.#authorization}\r\n`
    const body = 'content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n'
    for (let n = 0; n < idle; n += 1) this.#open('')
    for (let n = 0; n < slowBodies; n += 1) this.#open(`POST /v1/datasets HTTP/1.1\r\n${head}${body}`)
    for (let n = 0; n < unread; n += 1) this.#open(`GET /v1/jobs/${job}/stream HTTP/1.1\r\n${head}\r\n`)
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  #open(text: string): void {
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    this.#sockets.add(socket.pause())
    socket.on('error', () => {}) // of being cut off
    if (text !== '') socket.write(text)
  }
}
