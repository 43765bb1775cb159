import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UnrollClient } from '@unroll/client'
import { KINDS, findId } from './find_id.ts'

const THINGS = [
  { id: 'job_0mwzn80l7zzzzzzzzz12', name: 'adding, lstm' },
  { id: 'job_0mwzn80l7zzzzzzzza34', name: 'adding, rnn' },
  { id: 'job_0mwzn50l7zzzzzzzz412', name: 'adding, rnn' },
  { id: 'job_0mwyn50l7zzzzzzzz4ab', name: 'job_0mwyn50l7zzzzzzzz4ab' },
]
const client = {
  jobs: {
    async *each() {
      yield* THINGS
    },
  },
} as unknown as UnrollClient

const FOUND: [what: string, word: string, at: number][] = [
  ['a unique beginning', 'job_0mwzn5', 2],
  ['a unique beginning without job_', '0mwy', 3],
  ['a unique end', 'za34', 1],
  ['a name', 'adding, lstm', 0],
  ['the newest', 'latest', 0],
  ['the third newest', '@3', 2],
]
for (const [what, word, at] of FOUND)
  test(`findId() takes ${what}`, async () => {
    assert.equal(await findId(client, KINDS.job, word, AbortSignal.timeout(10_000)), THINGS[at]?.id)
  })

test('findId() asks nothing for a whole id', async () => {
  const id = `job_${'0'.repeat(20)}`
  assert.equal(await findId({} as UnrollClient, KINDS.job, id, AbortSignal.timeout(10_000)), id)
})

const REFUSED: [word: string, told: RegExp][] = [
  ['0mwzn8', /"0mwzn8" is ambiguous: it may be job_\w+12 \(adding, lstm\), job_\w+34 \(adding, rnn\)$/],
  ['adding, rnn', /is ambiguous: it may be job_\w+34 \(adding, rnn\), job_\w+412 \(adding, rnn\)$/],
  ['12', /finds no job "12" among the newest 4/],
  ['', /finds no job "" among the newest 4/],
  ['@9', /finds no job "@9": there are 4/],
  ['nothing', /finds no job "nothing"/],
]
for (const [word, told] of REFUSED)
  test(`findId() refuses "${word}" and says why`, async () => {
    await assert.rejects(findId(client, KINDS.job, word, AbortSignal.timeout(10_000)), told)
  })
