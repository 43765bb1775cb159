import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Exit } from '../exit_codes.ts'
import { run } from '../run.ts'
import { chooseService, parseAddress } from './choose_service.ts'

const GOOD_KEY = 'unroll_good'

/** A service that answers with the key that it got, and knows one key. */
async function serve(t: TestContext): Promise<{ url: string; keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = []
  const service = createServer(({ headers: { authorization } }, response) => {
    keys.push(authorization)
    const isRefused = authorization !== undefined && authorization !== `Bearer ${GOOD_KEY}`
    const problem = { status: 401, code: 'UNAUTHENTICATED', detail: 'Cannot find this key' }
    response
      .writeHead(isRefused ? 401 : 200, { 'content-type': isRefused ? 'application/problem+json' : 'application/json' })
      .end(JSON.stringify(isRefused ? problem : { data: [], next: null }))
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.after(() => service.close())
  return { url: `127.0.0.1:${(service.address() as AddressInfo).port}`, keys }
}

function makeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-contexts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'deep', 'config.json')
}

async function ran(
  args: string[],
  environment: Record<string, string>,
  input = '',
): Promise<{ exit: Exit; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const exit = await run(args, {
    environment,
    terminal: {
      out: (line) => void out.push(line),
      note: (line) => void err.push(line),
      bytes: async () => {},
      status: () => {},
      screen: () => undefined,
      bits: 1,
      input: async () => Buffer.from(input),
    },
    signal: AbortSignal.timeout(60_000),
    complain: (line) => void err.push(line),
  })
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

test('unroll login stores address and key for the owner alone, and later calls send the key there', async (t) => {
  const [{ url, keys }, path] = [await serve(t), makeFile(t)]
  const environment = { UNROLL_CONFIG: path }
  const first = await ran(['login', url, '--name', 'lab', '--with-key'], environment, `${GOOD_KEY}\n`)
  assert.deepEqual(first, { exit: 'ok', out: `lab is in use: http://${url}`, err: '' })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(path, '..')), ['config.json'])
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
    current: 'lab',
    contexts: { lab: { url: `http://${url}`, api_key: GOOD_KEY } },
  })
  assert.equal((await ran(['list'], environment)).exit, 'ok')
  assert.deepEqual(keys, [`Bearer ${GOOD_KEY}`, `Bearer ${GOOD_KEY}`])
  await ran(['list', '--url', url], environment)
  assert.equal(keys[2], undefined, 'the key of a context goes to no other address')
  await ran(['list'], { ...environment, UNROLL_API_KEY: 'other' })
  assert.equal(keys[3], 'Bearer other')
})

test('unroll login stores nothing if the service refuses the key or is out of reach', async (t) => {
  const [{ url }, path] = [await serve(t), makeFile(t)]
  const environment = { UNROLL_CONFIG: path }
  const refused = await ran(['login', url, '--with-key'], environment, 'wrong')
  assert.equal(refused.exit, 'refused')
  assert.match(refused.err, /Cannot find this key\nunroll login --with-key stores a key/)
  assert.equal((await ran(['login', '127.0.0.1:1'], environment)).exit, 'unreachable')
  assert.equal((await ran(['login', url, '--with-key'], environment, ' ')).exit, 'usage')
  assert.throws(() => readFileSync(path))
})

test('unroll context list, context use and logout show, change and remove contexts', async (t) => {
  const [{ url }, path] = [await serve(t), makeFile(t)]
  const environment = { UNROLL_CONFIG: path }
  await ran(['login', url, '--name', 'a'], environment)
  await ran(['login', `http://${url}/`, '--name', 'b'], { ...environment, UNROLL_API_KEY: GOOD_KEY })
  const { out } = await ran(['context', 'list'], environment)
  assert.deepEqual(
    out.split('\n').map((line) => line.split(/ +/)),
    [
      ['', 'CONTEXT', 'ADDRESS', 'KEY'],
      ['', 'a', `http://${url}`, 'no'],
      ['*', 'b', `http://${url}/`, 'yes'],
    ],
  )
  assert.match((await ran(['context', 'use', 'a'], environment)).out, /^a is in use/)
  assert.match((await ran(['list', '--context', 'c'], environment)).err, /knows no context "c": there are a, b/)
  assert.equal((await ran(['logout', 'a'], environment)).exit, 'ok')
  const listed = JSON.parse((await ran(['context', 'list', '--json'], environment)).out) as object
  assert.deepEqual(listed, { data: [{ name: 'b', url: `http://${url}/`, has_key: true, current: false }] })
})

test('a file of contexts that others can read is told of, and one that is damaged is named', async (t) => {
  const [{ url }, path] = [await serve(t), makeFile(t)]
  const environment = { UNROLL_CONFIG: path }
  await ran(['login', url, '--with-key'], environment, GOOD_KEY)
  chmodSync(path, 0o644)
  assert.match((await ran(['list'], environment)).err, /^Other users can read the keys in .*: chmod 600 /)
  for (const text of ['{', '[]', '{"contexts":{"a":{}}}']) {
    writeFileSync(path, text)
    const { exit, err } = await ran(['list'], environment)
    assert.equal(exit, 'usage')
    assert.match(err, /cannot read the contexts in ".*config.json": /, text)
  }
})

const CHOICES: [what: string, text: Record<string, string>, environment: Record<string, string>, from: string][] = [
  ['--url before all', { url: 'a', context: 'x' }, { UNROLL_URL: 'b' }, '--url'],
  ['UNROLL_URL before the context in use', {}, { UNROLL_URL: 'b' }, 'UNROLL_URL'],
  ['this machine, where nothing else says', {}, { UNROLL_CONFIG: '/absent/config.json' }, 'the default'],
]
for (const [what, text, environment, from] of CHOICES)
  test(`chooseService() takes ${what}`, async () => {
    assert.equal((await chooseService(text, environment, () => {})).from, from)
  })

const ADDRESSES: [text: string, address: string][] = [
  ['host', 'http://host'],
  ['host:8080', 'http://host:8080'],
  ['[::1]:8080', 'http://[::1]:8080'],
  ['localhost:8080/', 'http://localhost:8080/'],
  ['https://host/unroll', 'https://host/unroll'],
  ['HTTP://host', 'HTTP://host'],
]
for (const [text, address] of ADDRESSES)
  test(`parseAddress("${text}") is ${address}`, () => assert.equal(parseAddress(text, '--url'), address))
