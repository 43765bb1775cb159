import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Tally } from './tally.ts'

/** Hears a job's stream, of all that it has, to its end. */
export class Listener {
  /** Messages by type. */
  readonly heard: Map<string, number> = new Map()
  readonly #request: ClientRequest
  readonly #tally: Tally
  /** Whether its rows are looked at. */
  readonly #checks: boolean
  #rest = ''
  #step = 0

  constructor(base: string, job: string, { tally, checks }: { tally: Tally; checks: boolean }) {
    this.#tally = tally
    this.#checks = checks
    this.#request = get(`${base}/v1/jobs/${job}/stream`, { agent: false }, (response) => this.#hear(response))
    this.#request.on('error', (error) => tally.error(`stream: ${error.message}`))
  }

  get hasEnded(): boolean {
    return this.heard.has('end')
  }

  #hear(response: IncomingMessage): void {
    if (response.statusCode !== 200) this.#tally.error(`stream: status ${response.statusCode}`)
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    response.on('close', () => {
      if (!this.hasEnded) this.#tally.error('stream: broken off')
    })
  }

  #take(text: string): void {
    this.#tally.bytes += text.length
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const type = /^event: (.*)$/m.exec(block)?.[1]
      if (type === undefined) continue
      this.heard.set(type, (this.heard.get(type) ?? 0) + 1)
      if (type === 'metrics' && this.#checks) this.#check(block.slice(block.indexOf('\ndata: ') + 7))
    }
  }

  #check(json: string): void {
    const { steps } = JSON.parse(json) as { steps: number[] }
    this.#step = this.#tally.check(steps, this.#step)
  }
}
