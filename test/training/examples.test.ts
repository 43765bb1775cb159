// The jobs that a new service begins with, as somebody watches them.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { diagnosticianOf, runJob } from './run.ts'

const EXAMPLES = new URL('../../../examples/', import.meta.url)

test('examples/exploding-unclipped.json fails at its third step, over a flow that rises by a factor each time step', async (t) => {
  const body = JSON.parse(await readFile(new URL('exploding-unclipped.json', EXAMPLES), 'utf8')) as object
  const { engine } = await selectEngine('auto')
  const { outcome, rows } = await runJob(engine, body)
  engine.dispose()
  const [flat, steep, lost] = rows.map(({ flow }) => flow?.[0]?.h ?? assert.fail('a flow at each step'))
  t.diagnostic(`${flat?.[0]} and ${steep?.[0]} at t = 1, ${flat?.at(-1)} and ${steep?.at(-1)} at t = T`)
  assert.deepEqual(outcome.type === 'failed' && [outcome.step, outcome.reason], [3, 'nonfinite_loss'])
  assert.ok(Math.abs((flat?.[0] ?? NaN) - (flat?.at(-1) ?? NaN)) < 2)
  assert.ok((steep?.[0] ?? NaN) - (steep?.at(-1) ?? NaN) > 10)
  assert.ok(lost?.every(Number.isNaN))
})

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
