// The servers that there are, and what the store says of each.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createServer } from 'node:tls'
import { Redis } from 'ioredis'
import { SUFFICIENT_ACL } from './probe.ts'
import { openStore } from '../store.ts'
import { atEnd, createJob, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

/** Other servers to be tried: paths of executables, as the variable PATH has folders. */
const OTHERS = (process.env['TEST_REDIS_SERVERS'] ?? '').split(delimiter).filter((path) => path !== '')

/** Each server that is tried, and how the titles of its tests tell it from the tests' own. */
const TRIED: readonly (readonly [program: string | undefined, by: string])[] = [
  [undefined, ''],
  ...OTHERS.map((program) => [program, ` (${makeOf(program)})`] as const),
]

/** What a server says that it is: "Redis 6.2.14". */
function makeOf(program: string): string {
  const [, name = program, version = ''] =
    /^(\w+) server v=(\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? []
  return `${name} ${version}`
}

interface Given {
  readonly settings?: Readonly<Record<string, string>>
  /** What is done to a server before the store is opened. */
  readonly prepare?: (redis: Redis) => Promise<unknown>
  /** The address that the store is given. */
  readonly url?: (server: TestServer) => string
}

async function started(t: TestContext, { settings = {}, prepare, url }: Given, program?: string): Promise<string> {
  const server = await TestServer.start({ settings, program })
  atEnd(t, () => server.remove())
  const redis = new Redis(server.url)
  await prepare?.(redis)
  redis.disconnect()
  return url?.(server) ?? server.url
}

const withUser = (user: string) => (server: TestServer) => server.url.replace('//', `//${user}@`)
const withPath = (path: string) => (server: TestServer) => server.url + path

const SERVING: readonly (readonly [string, Given])[] = [
  ['a server with all defaults', {}],
  ['its last database', { url: withPath('/15') }],
  ['a Unix socket', { url: ({ socket }) => `unix://${socket}` }],
  ['a database behind a Unix socket', { url: ({ socket }) => `unix://${socket}?db=3` }],
  [
    'a user with no more than the permissions that suffice',
    {
      prepare: (redis) => redis.call('ACL', 'SETUSER', 'unroll', 'on', '>secret', ...SUFFICIENT_ACL.split(' ')),
      url: withUser('unroll:secret'),
    },
  ],
]
for (const [program, by] of TRIED)
  for (const [what, given] of SERVING) {
    test(`openStore() takes jobs on ${what}${by}`, async (t) => {
      const { store } = await testStore(t, { url: await started(t, given, program), prefix: 'unroll' })
      const { id } = await createJob(store)
      assert.equal((await store.jobs.get(id)).status, 'queued')
      assert.equal((await store.health()).ready, true)
    })
  }

const REFUSED: readonly (readonly [string, Given, RegExp])[] = [
  [
    'a database that there is not',
    { url: withPath('/99') },
    /refuses to select database 99: "ERR DB index is out of range"\. REDIS_URL must name a database that the server has/,
  ],
  [
    'a path that is no database',
    { url: withPath('/abc') },
    /must end with the number of a database or without one: current value is "abc"/,
  ],
  [
    'a replica',
    { prepare: (redis) => redis.replicaof('127.0.0.1', 1), settings: { 'replica-serve-stale-data': 'yes' } },
    /refuses to write: "READONLY .*"\. REDIS_URL must be the address of the primary server, not of a replica/,
  ],
  [
    'a node of a cluster',
    { settings: { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' } },
    /refuses to write: "CLUSTERDOWN .*"\. REDIS_URL must be the address of a server of its own, not of a node of a cluster/,
  ],
  [
    'a password that is missing',
    { prepare: (redis) => redis.config('SET', 'requirepass', 'secret') },
    /"NOAUTH .*"\. REDIS_URL must carry the user and password of the server/,
  ],
  [
    'a password that is wrong',
    { prepare: (redis) => redis.config('SET', 'requirepass', 'secret'), url: withUser(':public') },
    /"WRONGPASS .*"\. REDIS_URL must carry the user and password of the server/,
  ],
  [
    'a user who may not run scripts',
    {
      prepare: (redis) => redis.call('ACL', 'SETUSER', 'weak', 'on', '>public', '~*', '&*', '+@all', '-@scripting'),
      url: withUser('weak:public'),
    },
    /refuses to run a script: "NOPERM .*"\. The user of REDIS_URL must be allowed .*~\{unroll\}\* &\* \+@all -@dangerous \+info/,
  ],
]
for (const [program, by] of TRIED)
  for (const [what, given, told] of REFUSED) {
    test(`openStore() refuses ${what}, says what to change and prints no password${by}`, async (t) => {
      const url = await started(t, given, program)
      await assert.rejects(openStore({ url }), (error: Error) => {
        assert.match(error.message, told)
        assert.doesNotMatch(error.message, /secret|public/)
        assert.ok(error.message.split('REDIS_URL').length <= 2, `advice is given once: ${error.message}`)
        t.diagnostic(error.message.replaceAll(/127\.0\.0\.1:\d+/g, '…'))
        return true
      })
    })
  }

for (const [program, by] of TRIED)
  test(`health() tells of a server whose memory is full, which serves again once it has room${by}`, async (t) => {
    const url = await started(t, {}, program)
    const { store, redis } = await testStore(t, { url })
    await redis.config('SET', 'maxmemory', '1')
    const full = await store.health()
    assert.equal(full.ready, false)
    assert.match(
      full.warnings.join('\n'),
      /refuses to write: "OOM .*"\. Its memory is full: raise its setting `maxmemory`/,
    )
    await assert.rejects(createJob(store), { code: 'STORE_UNAVAILABLE', message: /Its memory is full/ })
    await redis.config('SET', 'maxmemory', '0')
    assert.equal((await store.health()).ready, true)
    await createJob(store)
  })

for (const [program, by] of TRIED)
  test(`openStore() opens on a server whose memory is full, as that passes${by}`, async (t) => {
    const url = await started(t, { prepare: (redis) => redis.config('SET', 'maxmemory', '1') }, program)
    const { store } = await testStore(t, { url })
    assert.equal((await store.health()).ready, false)
  })

for (const [program, by] of TRIED) {
  test(`a job is refused by a server that has become a replica, in a sentence${by}`, async (t) => {
    const { store, redis } = await testStore(t, { url: await started(t, {}, program) })
    await redis.replicaof('127.0.0.1', 1)
    const told = /"READONLY .*"\. REDIS_URL must be the address of the primary server, not of a replica/
    await assert.rejects(createJob(store), { code: 'STORE_UNAVAILABLE', message: told })
    const { ready, warnings } = await store.health()
    assert.equal(ready, false)
    assert.match(warnings.join('\n'), told)
    await redis.replicaof('NO', 'ONE')
    await createJob(store)
  })

  test(`a job is refused in a sentence where a command of the script that makes it is not permitted${by}`, async (t) => {
    const permitted = [...SUFFICIENT_ACL.split(' '), '-zadd']
    const prepare = (redis: Redis) => redis.call('ACL', 'SETUSER', 'unroll', 'on', '>secret', ...permitted)
    const url = await started(t, { prepare, url: withUser('unroll:secret') }, program)
    const { store } = await testStore(t, { url, prefix: 'unroll' })
    await assert.rejects(createJob(store), {
      code: 'STORE_UNAVAILABLE',
      message: /"NOPERM .*"\. The user of REDIS_URL must be allowed what the service does/,
    })
  })
}

test('openStore() takes jobs over TLS, from a server whose authority Node knows', async (t) => {
  const server = await TestServer.start()
  const folder = mkdtempSync(join(tmpdir(), 'unroll-tls-'))
  atEnd(t, () => server.remove())
  atEnd(t, () => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  })
  const front = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (secure) => {
    const plain = connect(Number(new URL(server.url).port), '127.0.0.1')
    secure.pipe(plain).pipe(secure)
    for (const socket of [secure, plain]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => front.listen(0, 'localhost', resolve))
  atEnd(t, () => front.close())
  const program = `
    import { openStore } from ${JSON.stringify(new URL('../store.js', import.meta.url).href)}
    const store = await openStore({ url: process.argv[1], onError: () => {} }).catch(({ message }) => console.log(message))
    console.log((await store?.health())?.ready)
    await store?.close()`
  const opened = async (env: NodeJS.ProcessEnv) => {
    const url = `rediss://localhost:${(front.address() as AddressInfo).port}`
    const given = ['--input-type=module', '-e', program, url]
    return await new Promise<string>((resolve) => {
      execFile(process.execPath, given, { env }, (_, stdout) => resolve(stdout))
    })
  }
  assert.equal(await opened({ NODE_EXTRA_CA_CERTS: cert }), 'true\n')
  assert.match(await opened({}), /^Cannot open the store at "localhost:\d+": self-signed certificate/)
})

test('openStore() takes jobs on every other server of TEST_REDIS_SERVERS, and says which cannot wait for their disk', async (t) => {
  if (OTHERS.length === 0) return t.skip('TEST_REDIS_SERVERS names no other server')
  for (const program of OTHERS) {
    const server = await TestServer.start({ program })
    atEnd(t, () => server.remove())
    const { store } = await testStore(t, { url: server.url, waitForDisk: true })
    await createJob(store)
    const { ready, server: name, warnings } = await store.health()
    t.diagnostic(`${name}: ready ${ready}, ${warnings.join('; ') || 'no warning'}`)
    assert.equal(ready, true)
    const [, major = 0, minor = 0] = (/ (\d+)\.(\d+)/.exec(name ?? '') ?? []).map(Number)
    const waits = major > 7 || (major === 7 && minor >= 2)
    assert.equal(
      warnings.some((warning) => warning.includes('to wait for its disk')),
      !waits,
    )
  }
})
