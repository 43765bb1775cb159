import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONSENSE, listPlaces, withNonsense } from '../testing/nonsense.ts'
import { parseSessionSpec } from './session_spec.ts'

const WHOLE = {
  model: { cell: 'lstm', layers: 2, dropout: 0.5, embedding_size: 4 },
  problem: { inputs: 'symbols', input_size: 3, readout: 'softmax', output_size: 2, mode: 'many_to_one' },
  sequence_length: 20,
  clipping: { policy: 'norm', threshold: 1 },
  optimizer: { type: 'sgd', learning_rate: 0.1 },
  training: { batch_size: 4 },
}

test('parseSessionSpec() takes nonsense in a field for a fault of that field and of no other', (t) => {
  const whole = parseSessionSpec(WHOLE)
  assert.ok(whole.ok, JSON.stringify(whole))
  let looked = 0
  for (const pointer of listPlaces(whole.value))
    for (const nonsense of NONSENSE) {
      const parsed = parseSessionSpec(withNonsense(whole.value, pointer, nonsense))
      const strange = parsed.ok ? [] : parsed.faults.filter((fault) => !`${fault.pointer}/`.startsWith(`${pointer}/`))
      assert.deepEqual(strange, [], `${pointer}: ${JSON.stringify(nonsense)}`)
      looked += 1
    }
  t.diagnostic(`looked at ${looked} bodies`)
  assert.ok(looked > 100)
})

for (const body of [undefined, null, 7, 'x', [], [WHOLE]])
  test(`parseSessionSpec() refuses ${JSON.stringify(body)} as a whole`, () => {
    const parsed = parseSessionSpec(body)
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.faults.map(({ pointer }) => pointer),
      [''],
    )
  })
