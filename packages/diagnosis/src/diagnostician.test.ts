import { FINDING_CODES } from '@unroll/contract'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Diagnostician } from './diagnostician.ts'
import { outlook } from './outlook.ts'
import { RULES } from './rules.ts'
import { chanceOf, decaying, found, rowAt, rows, specOf } from './testing/rows.ts'

/** A run so short that nothing has to be waited for but observations. */
const EARLY = specOf({ training: { max_steps: 20 }, observe: { flow_every: 1 } })

test('RULES has one rule for each code of FINDINGS', () => {
  assert.deepEqual(
    RULES.map(({ code }) => code),
    FINDING_CODES,
  )
})

test('Diagnostician finds nothing in a healthy run, however many steps it has', () => {
  const healthy = (step: number) =>
    rowAt(step, { loss: 0.5, 'saturation/layers.0': 0.3 }, step % 10 === 0 ? decaying(0.99) : undefined)
  for (const count of [0, 1, 2, 20, 200, 1_000, 5_000]) assert.deepEqual(found(specOf(), rows(count, healthy)), [])
})

test('Diagnostician gives a finding when it begins to hold and when it ceases to, and the same again', () => {
  const diagnostician = new Diagnostician(EARLY, chanceOf(EARLY))
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
  const spec = specOf()
  const given = rows(400, (step) => rowAt(step, {}, decaying(step < 120 || step > 300 ? 0.99 : 0.5)))
  const whole = new Diagnostician(spec, chanceOf(spec)).observe(given)
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
    const pieces = new Diagnostician(spec, chanceOf(spec))
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
  const diagnostician = new Diagnostician(specOf(), 1)
  diagnostician.observe([rowAt(1), rowAt(2, { loss: Infinity, grad_norm: Number.NaN })])
  const [finding] = diagnostician.examine()
  assert.deepEqual(finding?.evidence.figures, { loss: 'Infinity', grad_norm: 'NaN' })
})

test('Diagnostician waits with a gradient that vanishes until training has had time: 5 % of a run, half of it where gates open', () => {
  const given = rows(1_000, (step) => rowAt(step, {}, step === 1 || step % 10 === 0 ? decaying(0.5) : undefined))
  for (const [cell, first] of [
    ['rnn', 50],
    ['indrnn', 50],
    ['gru', 500],
    ['lstm', 500],
  ] as const) {
    const findings = new Diagnostician(specOf({ model: { cell } }), 1).observe(given)
    assert.equal(findings.find(({ code }) => code === 'vanishing')?.first_step, first, cell)
  }
})

test('outlook() of a run says which rules look, which do not yet, and which never will', () => {
  const status = (spec: object, step: number) =>
    Object.fromEntries(
      outlook(specOf(spec), step).map(({ code, status: is, from_step }) => [code, `${is} ${from_step}`]),
    )
  assert.ok(outlook(specOf(), 0).every(({ status: is }) => is !== 'looked_at'))
  assert.deepEqual(status({}, 50), {
    at_chance: 'too_early 750',
    exploding: 'looked_at 1',
    vanishing: 'looked_at 50',
    horizon_short: 'looked_at 50',
    clip_idle: 'too_early 100',
    clip_saturated: 'not_measured null',
    saturated_units: 'not_measured null',
    truncation_biased: 'not_measured null',
  })
  const text = status({ data: { dataset: 'ds_0123456789abcdefghij' } }, 1_000)
  for (const code of ['vanishing', 'horizon_short', 'saturated_units'])
    assert.equal(text[code], 'not_measured null', code)
  assert.equal(text['at_chance'], 'looked_at 750', 'a run knows the chance level of its data')
  const weighted = status({ data: { dataset: 'ds_0123456789abcdefghij', class_weights: 'balanced' } }, 1_000)
  assert.equal(weighted['at_chance'], 'not_measured null', 'the training loss has weights, the chance level none')
})
