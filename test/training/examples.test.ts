// The jobs that a new service begins with, as somebody watches them.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { diagnosticianOf, runJob } from './run.ts'

const EXAMPLES = new URL('../../../examples/', import.meta.url)

for (const { file, finds } of [
  { file: 'adding-rnn.json', finds: 'vanishing' },
  { file: 'adding-relu.json', finds: 'exploding' },
  { file: 'adding-lstm.json', finds: undefined },
]) {
  test(`examples/${file} shows ${finds ?? 'a healthy run'} ${finds ? 'in the first tenth of its steps, and to its end' : ''}`, async (t) => {
    const body = JSON.parse(await readFile(new URL(file, EXAMPLES), 'utf8')) as { training: { max_steps: number } }
    const { engine } = await selectEngine('auto')
    const diagnostician = diagnosticianOf(body)
    const found: string[] = []
    const { outcome } = await runJob(engine, body, {
      onRow: (row) => {
        for (const { code, until_step: until } of diagnostician.observe([row]))
          found.push(`${code} ${until === null ? 'from' : 'until'} ${row.step}`)
      },
    })
    engine.dispose()
    t.diagnostic(found.join(', '))
    assert.equal(outcome.type, 'succeeded')
    if (finds === undefined) return assert.deepEqual(found, [])
    const first = found.find((words) => words.startsWith(`${finds} from`))
    assert.ok(Number(first?.split(' ').at(-1)) <= body.training.max_steps / 10, found.join())
    assert.ok(!found.some((words) => words.startsWith(`${finds} until`)), found.join())
  })
}
