import { FINDING_CODES } from '@unroll/spec'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Diagnostician } from './diagnostician.ts'
import { RULES } from './rules.ts'
import { decaying, found, rowAt, rows, specOf } from './testing/rows.ts'

test('RULES has one rule for each code of FINDINGS', () => {
  assert.deepEqual(
    RULES.map(({ code }) => code),
    FINDING_CODES,
  )
})

test('Diagnostician finds nothing in a healthy run, however many steps it has', () => {
  const healthy = (step: number) =>
    rowAt(step, { 'saturation/layers.0': 0.3 }, step % 10 === 0 ? decaying(0.99) : undefined)
  for (const count of [0, 1, 2, 20, 200, 1_000, 5_000]) assert.deepEqual(found(specOf(), rows(count, healthy)), [])
})

test('Diagnostician gives a finding when it begins to hold and when it ceases to, and the same again', () => {
  const diagnostician = new Diagnostician(specOf())
  const see = (from: number, ratio: number) => {
    diagnostician.observe([0, 1, 2].map((more) => rowAt(from + more, {}, decaying(ratio))))
    return diagnostician.examine().map(({ code, first_step, until_step }) => [code, first_step, until_step])
  }
  const vanished = (from: number, until: number | null) => [
    ['vanishing', from, until],
    ['horizon_short', from, until],
  ]
  assert.deepEqual(see(1, 0.5), vanished(3, null))
  assert.deepEqual(see(4, 0.5), [])
  assert.deepEqual(see(7, 0.99), vanished(3, 9))
  assert.deepEqual(see(10, 0.99), [])
  assert.deepEqual(see(13, 0.5), vanished(3, null))
})

test('Diagnostician finds the same at the same step, whatever pieces the rows come in', () => {
  const given = rows(400, (step) => rowAt(step, {}, decaying(step < 120 || step > 300 ? 0.99 : 0.5)))
  const whole = new Diagnostician(specOf()).observe(given)
  assert.deepEqual(
    whole.map(({ code, first_step, until_step }) => [code, first_step, until_step]),
    [
      ['vanishing', 125, null],
      ['horizon_short', 125, null],
      ['vanishing', 125, 325],
      ['horizon_short', 125, 325],
    ],
  )
  for (const size of [1, 7, 256]) {
    const pieces = new Diagnostician(specOf())
    const cut = Array.from({ length: Math.ceil(given.length / size) }, (_, at) =>
      given.slice(at * size, (at + 1) * size),
    )
    assert.deepEqual(
      cut.flatMap((piece) => pieces.observe(piece)),
      whole,
    )
  }
})

test('Diagnostician writes non-finite figures as JSON can carry them', () => {
  const diagnostician = new Diagnostician(specOf())
  diagnostician.observe([rowAt(1), rowAt(2, { loss: Infinity, grad_norm: Number.NaN })])
  const [finding] = diagnostician.examine()
  assert.deepEqual(finding?.evidence.figures, { loss: 'Infinity', grad_norm: 'NaN' })
})
