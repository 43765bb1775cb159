import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Heads } from '../metrics/heads.ts'
import { JobStream, type JobStreamOptions } from './job_stream.ts'
import { parsePosition } from './position.ts'

test('JobStream ends with the service, without the chunk that was being made', async () => {
  const heads = new Heads({ head: async () => ({ epoch: 1, seq: 9, done: false, events: 1 }) })
  let finish: (() => void) | undefined
  let stream: JobStream | undefined
  await new Promise<void>((resolveAsked) => {
    const chunk: JobStreamOptions['chunk'] = (_from, head) => {
      resolveAsked()
      const next = { rows: head, flow: head, event: head.events, ended: false }
      return new Promise((resolve) => {
        finish = () => resolve({ bytes: Buffer.from('late'), next, isFull: true })
      })
    }
    stream = new JobStream({ id: 'job_1', from: parsePosition('0.0'), heads, chunk, heartbeatMs: 10_000 })
  })
  heads.stop()
  finish?.()
  assert.equal(await text(stream ?? assert.fail()), 'retry: 1000\n\n')
})
