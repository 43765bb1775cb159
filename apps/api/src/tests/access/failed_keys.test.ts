import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { testApp } from '../../testing/app.ts'
import { keyOf } from '../../testing/keys.ts'

const MOST = 60
const SOMEBODY = '93.184.215.14'

/** A service that asks for keys, and requests to it from any address. */
async function guardedApp(t: TestContext) {
  const service = await testApp(t, { keyPolicy: 'always' })
  const ask = async (remoteAddress: string, headers: Record<string, string>) =>
    await service.app.inject({ method: 'GET', url: '/v1/jobs', remoteAddress, headers })
  const guess = async (remoteAddress: string, times: number) => {
    const statuses: number[] = []
    for (let n = 0; n < times; n++)
      statuses.push((await ask(remoteAddress, { authorization: `Bearer unroll_guess${n}` })).statusCode)
    return statuses
  }
  return { service, ask, guess }
}

test('a public address that sends keys that do not work is refused after 60 a minute, and others are not', async (t) => {
  const { service, ask, guess } = await guardedApp(t)
  const key = await keyOf(service, ['read'])
  assert.equal((await ask(SOMEBODY, key)).statusCode, 200)
  const statuses = await guess(SOMEBODY, MOST + 2)
  assert.deepEqual(statuses, [...Array.from({ length: MOST }, () => 401), 429, 429])
  const refused = await ask(SOMEBODY, await keyOf(service, ['read'], 'team-b'))
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.json<{ code: string }>().code, 'RATE_LIMITED')
  assert.ok(Number(refused.headers['retry-after']) <= 60)
  assert.equal((await ask(SOMEBODY, key)).statusCode, 200, 'a key that was just served')
  assert.equal((await ask(SOMEBODY, {})).statusCode, 401, 'a request without a key costs no look-up')
  assert.equal((await ask('93.184.215.15', key)).statusCode, 200)
  assert.deepEqual(await guess('93.184.215.15', 1), [401])
})

test('addresses of one IPv6 network count as one, and those that are not public do not count', async (t) => {
  const { guess } = await guardedApp(t)
  const halves = [await guess('2606:4700:0:1::1', MOST / 2), await guess('2606:4700:0:1::2', MOST / 2)]
  assert.ok(halves.flat().every((status) => status === 401))
  assert.deepEqual(await guess('2606:4700:0:1::3', 1), [429])
  assert.deepEqual(await guess('2606:4700:0:2::1', 1), [401])
  for (const shared of ['127.0.0.1', '10.0.0.1', 'fd00::1'])
    assert.ok(
      (await guess(shared, MOST + 1)).every((status) => status === 401),
      shared,
    )
})
