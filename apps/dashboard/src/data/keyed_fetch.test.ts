import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyedFetch } from './keyed_fetch.ts'

/** A service that takes one key, and a tab that is given others first. */
function scene(right: string | null, given: string[]) {
  const kept = new Map<string, string>()
  const sent: (string | null)[] = []
  let asks = 0
  const send: typeof fetch = async (_input, init = {}) => {
    const authorization = new Headers(init.headers).get('authorization')
    sent.push(authorization)
    return new Response(null, { status: right === null || authorization === `Bearer ${right}` ? 200 : 401 })
  }
  const ask = async () => {
    asks += 1
    return given.shift() ?? assert.fail('asked too often')
  }
  const store = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, key: string) => void kept.set(name, key),
  }
  return { fetch: keyedFetch(send, ask, store), sent, asks: () => asks }
}

test('keyedFetch() asks for no key where the service needs none', async () => {
  const { fetch, sent, asks } = scene(null, [])
  assert.equal((await fetch('/v1/jobs')).status, 200)
  assert.deepEqual([sent, asks()], [[null], 0])
})

test('keyedFetch() asks until the key is right, and sends it from then on', async () => {
  const { fetch, sent, asks } = scene('right', ['wrong', 'right'])
  assert.equal((await fetch('/v1/jobs', { headers: { accept: 'text/csv' } })).status, 200)
  await fetch('/v1/jobs')
  assert.deepEqual([sent, asks()], [[null, 'Bearer wrong', 'Bearer right', 'Bearer right'], 2])
})

test('keyedFetch() asks once for requests that are sent at the same time', async () => {
  const { fetch, asks } = scene('right', ['right'])
  const answers = await Promise.all(['/v1/jobs', '/v1/queue', '/v1/workers'].map((path) => fetch(path)))
  assert.deepEqual([answers.map(({ status }) => status), asks()], [[200, 200, 200], 1])
})
