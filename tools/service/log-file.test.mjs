import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { LogFile } from './log-file.mjs'

test('LogFile keeps the newest lines in two files of a bounded size, also over a restart', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'api.log')
  for (const part of [0, 1]) {
    const log = new LogFile(path, 100)
    for (let at = 0; at < 20; at++) log.write(`line ${20 * part + at}`)
    log.close()
    log.write('too late')
  }
  assert.deepEqual(readdirSync(folder), ['api.log', 'api.log.1'])
  const files = ['api.log.1', 'api.log'].map((name) => readFileSync(join(folder, name), 'utf8'))
  for (const text of files) assert.ok(text.length <= 108, `${text.length} bytes`)
  const numbers = Array.from(files.join('').matchAll(/line (\d+)\n/g), ([, number]) => Number(number))
  assert.equal(numbers.at(-1), 39)
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, at) => 40 - numbers.length + at),
  )
})
