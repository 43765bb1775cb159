// docs/fleet.md, as somebody would follow it: each of its blocks is run, on machines that are folders here, while jobs train and
// workers are drained, killed and upgraded.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import supertest from 'supertest'
import type { Job, Worker } from '@unroll/contract'
import { Hold } from './held.ts'
import { pollToTheEnd, submit, untilJob } from './jobs.ts'
import { Machine, ROOT, untilPrinted, type Running } from './machines.ts'
import { freePort } from './ports.ts'
import { eventually } from './service.ts'

const BLOCK = /^```sh (\w+) (\w+)\n([^]*?)^```$/gm
const STEPS = 60
const HELD_AT = 10
const JOBS = 12
const FOREIGN = "{ version: '0.9.0', protocol: 9, mixesFrom: 8 }"
const NEXT = "{ version: '0.2.0', protocol: 2, mixesFrom: 1 }"

/** What is not at hand: other machines, releases to come, and, in some builds of the server, TLS, which a front here speaks. */
const PRELUDE = `
scp() { local target="\${*: -1}"; cp "\${@:1:$#-1}" "$FLEET/\${target%%.example.net:*}"; }
git() { echo "$*" >> git.log; }
redis-server() {
  "$TEST_REDIS_SERVER" "$1" || {
    sed -e '/^tls-/d' -e "s/^port .*/port $PLAIN_PORT/" -e 's/^bind .*/bind 127.0.0.1/' "$1" > plain.conf
    exec "$TEST_REDIS_SERVER" plain.conf
  }
}`
const WITHOUT_TLS = /Failed finding TLS support/
const SERVES = /Ready to accept connections/

/** See tools/tests/s3.mjs. */
interface S3Server {
  url: string
  s3: { accessKeyId: string; secretAccessKey: string; endpoint: string }
  requests: string[]
  stop: () => Promise<void>
}
const S3 = new URL('../../../tools/tests/s3.mjs', import.meta.url)

function tinyJob(): object {
  return {
    model: { cell: 'rnn', hidden_size: 4 },
    data: { task: 'adding' },
    sequence_length: 5,
    training: { batch_size: 4, max_steps: STEPS, seed: 3 },
    checkpoint: { every_steps: 20 },
  }
}

describe('docs/fleet.md can be followed', { concurrency: false }, () => {
  let fleet: string
  let s3: S3Server
  let hold: Hold
  let url: string
  let [tlsPort, plainPort] = [0, 0]
  let front: Server | undefined
  const blocks = new Map<string, string>()
  const ran = new Set<string>()
  const machines = new Map<string, Machine>()
  const running = new Map<string, Running>()
  const jobs: string[] = []

  before(async () => {
    fleet = await mkdtemp(join(tmpdir(), 'unroll-fleet-guide-'))
    s3 = await ((await import(S3.href)) as { startS3: () => Promise<S3Server> }).startS3()
    hold = await Hold.at(HELD_AT)
    tlsPort = await freePort()
    plainPort = await freePort()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const here = [
      ['redis.example.net', 'localhost'],
      ['6379', String(tlsPort)],
      ['s3://unroll/fleet', s3.url],
      ['https://s3.example.net', s3.s3.endpoint],
      ['the key', s3.s3.accessKeyId],
      ['its secret', s3.s3.secretAccessKey],
    ] as const
    const document = await readFile(join(ROOT, 'docs/fleet.md'), 'utf8')
    for (const [, machine = '', name = '', code = ''] of document.matchAll(BLOCK)) {
      const block = here.reduce((changed, [there, found]) => changed.replaceAll(there, found), code)
      blocks.set(`${machine} ${name}`, block)
    }
    const environment = {
      FLEET: fleet,
      TEST_REDIS_SERVER: process.env['TEST_REDIS_SERVER'] ?? 'redis-server',
      PLAIN_PORT: String(plainPort),
      PORT: String(port),
      UNROLL_URL: url,
      UNROLL_ENGINE: 'wasm',
      UNROLL_LOCK_MS: '4000',
      UNROLL_FAULTS: hold.faults,
    }
    for (const name of ['redis', 'api', 'worker1', 'worker2', 'worker3']) {
      const machine = new Machine(join(fleet, name), environment, PRELUDE)
      await machine.checkOut()
      machines.set(name, machine)
    }
  })
  after(async () => {
    await hold?.close()
    for (const each of [...running.values()].toReversed()) await each.interrupt()
    front?.close()
    await s3?.stop()
    await rm(fleet, { recursive: true, force: true })
  })

  const machine = (name: string): Machine => machines.get(name) ?? assert.fail(`there is no machine ${name}`)
  const block = (name: string): string => {
    ran.add(name)
    return blocks.get(name) ?? assert.fail(`docs/fleet.md has no block "${name}"`)
  }
  /** Runs a block of the document on a machine, to its end. */
  const run = (name: string, on: string, more: Record<string, string> = {}) => machine(on).run(block(name), more)
  /** Starts a block of the document that goes on, and waits until it says that it works. */
  const serve = async (name: string, on: string, works: RegExp) => {
    const started = machine(on).start(block(name))
    running.set(on, started)
    await untilPrinted(started, works)
  }
  const stop = async (on: string) => {
    await running.get(on)?.interrupt()
    running.delete(on)
  }
  const serveRedis = async () => {
    await serve('redis serve', 'redis', SERVES)
    if (front === undefined && WITHOUT_TLS.test(running.get('redis')?.output() ?? ''))
      front = await tlsFront(machine('redis').folder, tlsPort, plainPort)
  }
  const workers = async () => ((await supertest(url).get('/v1/workers').expect(200)).body as { data: Worker[] }).data
  /** The worker of a machine, as the API knows it. */
  const workerOf = async (name: string) => {
    const [, pid] = await machine(name).workerPids()
    return (await workers()).find((worker) => worker.pid === pid) ?? assert.fail(`no worker of ${name} is known`)
  }
  const post = async () => jobs.push((await submit(url, tinyJob())).id)

  test('Redis with TLS, a user each for API and workers, an API, and three workers are set up', async (t) => {
    await run('redis setup', 'redis')
    await serveRedis()
    t.diagnostic(front === undefined ? 'the server speaks TLS' : 'a front speaks TLS for the server')
    await run('redis settings', 'redis')
    await serve('api serve', 'api', /The API runs at/)
    await Promise.all(
      ['worker1', 'worker2', 'worker3'].map((name) => serve('worker serve', name, /The worker takes jobs/)),
    )
    for (const name of ['worker1', 'worker2', 'worker3'])
      for (const step of ['Artifacts', 'Redis', 'Fleet', 'Engine'])
        assert.match(running.get(name)?.output() ?? '', new RegExp(`✓ ${step}: `))
    const shown = await run('api look', 'api')
    assert.equal(shown.match(/^wrk_\w+ +online .* 0\.1\.0 /gm)?.length, 3, shown)
  })

  test('whoever has no password, or speaks no TLS, reaches nothing in Redis', async () => {
    const plain = await answerTo('PING', connect(tlsPort, 'localhost'))
    assert.doesNotMatch(plain, /PONG/)
    assert.match(await answerTo('PING', connect(plainPort, '127.0.0.1')), /^(?:-NOAUTH|$)/)
    const secrets = await readFile(join(machine('redis').folder, 'users.acl'), 'utf8')
    const passwords = Array.from(secrets.matchAll(/ on >(\w+) /g), ([, password = '']) => password)
    assert.equal(new Set(passwords).size, 2)
    for (const { output } of running.values())
      for (const password of passwords) assert.ok(!output().includes(password), 'no password is printed')
  })

  test('a worker is drained, one killed, one upgraded, and Redis stopped, while 12 jobs train: nothing is lost', async (t) => {
    await hold.engage()
    for (let job = 0; job < 3; job++) await post()
    await hold.untilHeld(3)
    const [drained, killed, upgraded] = await Promise.all(['worker1', 'worker2', 'worker3'].map(workerOf))
    assert.ok(drained && killed && upgraded)
    const held = [drained, killed, upgraded].map(({ slots }) => slots[0]?.job ?? assert.fail('it trains nothing'))
    assert.deepEqual(held.toSorted(), jobs.toSorted())

    for (const pid of await machine('worker2').workerPids()) process.kill(pid, 'SIGKILL')
    const drains = [drained, upgraded].map(({ id }) => run('api drain', 'api', { WORKER: id }))
    await eventually('both are asked to drain', async () => {
      const draining = (await workers()).filter(({ status }) => status === 'draining')
      return draining.length === 2 || undefined
    })
    await hold.release()
    for (const shown of await Promise.all(drains)) assert.match(shown, /^wrk_\w+ draining, trains 0 jobs$/m)
    while (jobs.length < JOBS) await post()
    await untilJob(url, held[1] ?? '', 'is taken from the killed worker', ({ status }) => status === 'queued')

    await stop('redis')
    await run('redis backup', 'redis')
    await serveRedis()
    await stop('worker3')
    await run('worker upgrade', 'worker3')
    assert.match(await readFile(join(machine('worker3').folder, 'git.log'), 'utf8'), /^checkout v0\.2\.0$/m)
    await machine('worker3').checkOutRelease(NEXT)
    await serve('worker serve', 'worker3', /The worker takes jobs/)
    await run('api undrain', 'api', { WORKER: drained.id })

    const ended: Job[] = []
    for (const id of jobs) ended.push(await untilJob(url, id, 'ends', ({ finished_at }) => finished_at !== null))
    const versions = (await workers())
      .filter(({ status }) => status === 'online')
      .map(({ versions: { unroll } }) => unroll)
    assert.deepEqual(new Set(versions), new Set(['0.1.0', '0.2.0']))
    assert.deepEqual([ended.length, ended.filter(({ status }) => status === 'succeeded').length], [JOBS, JOBS])
    const reasons = held.map((id) => ended.find((job) => job.id === id)?.attempts[0]?.end_reason)
    assert.deepEqual(reasons, ['worker_draining', 'worker_lost', 'worker_draining'])
    const all = Array.from({ length: STEPS }, (_, step) => step + 1)
    for (const id of held) assert.deepEqual((await pollToTheEnd(url, id)).steps, all, 'each step once')
    const puts = s3.requests.filter((request) => request.startsWith('PUT')).length
    assert.ok(puts >= JOBS, 'checkpoints lie in S3')
    t.diagnostic(`${JOBS} jobs succeeded; ${puts} objects written to S3`)
  })

  test('a build that does not mix is refused in one sentence that names both, and disturbs nobody', async () => {
    await machine('worker2').checkOutRelease(FOREIGN, machine('worker3').folder)
    const refused = machine('worker2').start(block('worker serve'))
    await refused.ended
    assert.match(
      refused.output(),
      /fatal: Cannot join the fleet as worker 0\.9\.0 \(protocol 9\) does not mix with (?:API|worker) 0\.[12]\.0 \(protocol [12]\) on /,
    )
    assert.equal((await workers()).filter(({ status }) => status === 'online').length, 2)
  })

  test('what was saved is restored: all jobs are there', async () => {
    for (const name of ['worker3', 'worker1', 'api', 'redis']) await stop(name)
    await run('redis restore', 'redis')
    await serveRedis()
    await serve('api serve', 'api', /The API runs at/)
    const { body } = await supertest(url).get('/v1/jobs?limit=100').expect(200)
    const found = (body as { data: Job[] }).data
    assert.deepEqual(found.map(({ id }) => id).toSorted(), jobs.toSorted())
    assert.ok(
      found.every(({ status }) => status === 'queued'),
      'as they were when the copy was made',
    )
  })

  test('no block of the document was left out', (t) => {
    assert.deepEqual([...ran].toSorted(), [...blocks.keys()].toSorted())
    assert.ok(blocks.size > 0)
    t.diagnostic(`ran ${blocks.size} blocks`)
  })
})

/** Speaks TLS with the certificate of a folder, for a server that does not. */
async function tlsFront(folder: string, port: number, plainPort: number): Promise<Server> {
  const [cert, key] = await Promise.all(['redis.crt', 'redis.key'].map((name) => readFile(join(folder, name))))
  const server = createServer({ cert, key }, (near) => {
    const far = connect(plainPort, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const)
      socket.on('error', () => {}).once('close', () => other.destroy()) // told by its end
    near.pipe(far).pipe(near)
  })
  server.on('tlsClientError', () => {}) // who speaks no TLS is turned away
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  return server
}

/** What a server says to a command, until it closes the connection or has said a line. */
async function answerTo(command: string, socket: Socket): Promise<string> {
  return await new Promise((resolve) => {
    let said = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1')
      socket.destroy()
    })
    socket.once('close', () => resolve(said))
    socket.write(`${command}\r\n`)
  })
}
