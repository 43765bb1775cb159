import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'

import { parseJobSpec } from '@unroll/contract'

import { submitExamples } from './examples.mjs'

test('submitExamples() submits three jobs of the specification, once in the life of a data folder', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'unroll-examples-'))
  t.after(() => rmSync(dataFolder, { recursive: true }))
  /** @type {any[]} */
  const bodies = []
  let status = 503
  const server = createServer(async (request, response) => {
    bodies.push(await json(request))
    response.writeHead(status).end('{"id":"job_1"}')
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address?.port}`
  const options = { dataFolder, signal: new AbortController().signal }

  await assert.rejects(submitExamples(url, options), { message: /Cannot submit examples\/adding-rnn.json: 503/ })
  bodies.length = 0
  status = 201
  await submitExamples(url, options)
  await submitExamples(url, options)
  for (const body of bodies) assert.deepEqual(parseJobSpec(body).ok, true, JSON.stringify(parseJobSpec(body)))
  assert.deepEqual(
    bodies.map(({ model, data }) => [model.cell, data.task]),
    [
      ['rnn', 'adding'],
      ['rnn', 'adding'],
      ['lstm', 'adding'],
    ],
  )
})
