import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Notification } from '@unroll/contract'
import { Webhook } from 'standardwebhooks'
import { ReceiverAddresses } from '../notify/addresses.ts'
import { JOB } from './app.ts'

export const SECRET: string = `whsec_${Buffer.from('a secret that nobody sees again').toString('base64')}`
/** Lets notifications go to this machine. */
export const HERE: ReceiverAddresses = new ReceiverAddresses(['127.0.0.0/8'])
export const LIMIT_MS = 60_000

interface Receiving {
  url: string
  on: string[]
  secret: string
}

/** The body of a job with one receiver. */
export function notifying(url: string, on: string[] = ['job_cancelled']): typeof JOB & { notify: Receiving[] } {
  return { ...JOB, notify: [{ url, on, secret: SECRET }] }
}

interface Receiver {
  got: Notification[]
  close: () => void
  port: number
  url: string
}

/** A receiver that verifies what it gets, and answers in turn; with the last answer it goes on. */
export async function receiver(
  t: TestContext,
  answers: readonly number[] = [200],
  port: number = 0,
): Promise<Receiver> {
  const got: Notification[] = []
  let times = 0
  const server: Server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      got.push(new Webhook(SECRET).verify(text, request.headers as Record<string, string>) as Notification)
      response.writeHead(answers[Math.min(times++, answers.length - 1)] ?? 200).end('thanks')
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  t.after(close)
  const { port: listening } = server.address() as AddressInfo
  return { got, close, port: listening, url: `http://127.0.0.1:${listening}/` }
}

/** Waits until `probe` finds something. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const since = performance.now()
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    assert.ok(performance.now() - since < LIMIT_MS, `${what}: not within ${LIMIT_MS} ms`)
    await sleep(20)
  }
}
