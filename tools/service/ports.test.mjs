import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'

import { freePort, tryPort } from './ports.mjs'

test('freePort() passes over a port that is taken', async (t) => {
  const taken = await freePort('127.0.0.1')
  const server = createServer().listen(taken, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  assert.equal(await tryPort('127.0.0.1', taken), undefined)
  const found = await freePort('127.0.0.1', taken)
  assert.ok(found > taken && found < taken + 100)
})

test('freePort() passes over a port that another process has found and does not use yet, until that has ended', async (t) => {
  const program = `import(process.argv[1]).then(({ freePort }) => freePort('127.0.0.1')).then((port) => process.send(port))`
  const finder = fork('-e', [program, import.meta.resolve('./ports.mjs')])
  t.after(() => finder.kill())
  const [found] = await once(finder, 'message')
  assert.equal(await tryPort('127.0.0.1', found), found)
  const other = await freePort('127.0.0.1', found)
  assert.ok(other > found && other < found + 100)
  finder.kill()
  await once(finder, 'exit')
  assert.equal(await freePort('127.0.0.1', found), found)
})

test('freePort() gives two callers of a process two ports, and one of them again to who asks for it', async () => {
  const [one, two] = await Promise.all([freePort('127.0.0.1'), freePort('127.0.0.1')])
  assert.notEqual(one, two)
  assert.equal(await freePort('127.0.0.1', one), one)
})
