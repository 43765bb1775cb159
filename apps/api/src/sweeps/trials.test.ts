import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSweepSpec, type SweepSpec } from '@unroll/contract'
import { mergeChoices, expandTrials } from './trials.ts'

const JOB = { model: { cell: 'rnn' }, data: { task: 'adding' } }

function sweep(space: object, strategy: object): SweepSpec {
  const parsed = parseSweepSpec({ template: {}, space, strategy })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

const pointsOf = (space: object, strategy: object = { type: 'grid' }) =>
  expandTrials(sweep(space, strategy)).map(mergeChoices)

test('expandTrials() a grid is every combination, the last field changing fastest', () => {
  assert.deepEqual(pointsOf({ 'a.b': { values: [1, 2] }, '/c': { values: ['x', { y: 1 }, null] } }), [
    { '/a/b': 1, '/c': 'x' },
    { '/a/b': 1, '/c': { y: 1 } },
    { '/a/b': 1, '/c': null },
    { '/a/b': 2, '/c': 'x' },
    { '/a/b': 2, '/c': { y: 1 } },
    { '/a/b': 2, '/c': null },
  ])
})

test('expandTrials() says where in the sweep each value is from', () => {
  const [point] = expandTrials(sweep({ 'a~b.c/d': { values: [7] } }, { type: 'grid' }))
  assert.deepEqual(point, [{ field: '/a~0b/c~1d', value: 7, source: '/space/a~0b.c~1d/values/0' }])
})

test('expandTrials() has each point with the seed of the template and those after it, as repeats ask', () => {
  const space = { 'a.b': { values: [1, 2] } }
  const expand = (template: object) => {
    const parsed = parseSweepSpec({
      template: { ...JOB, ...template },
      space: { sequence_length: { values: [9, 8] } },
      repeats: 2,
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return expandTrials(parsed.value).map(mergeChoices)
  }
  assert.equal(pointsOf(space).length, 2)
  const trial = (length: number, seed: number) => ({ '/sequence_length': length, '/training/seed': seed })
  assert.deepEqual(expand({}), [trial(9, 1), trial(9, 2), trial(8, 1), trial(8, 2)])
  const last = 2 ** 32 - 1
  assert.deepEqual(expand({ training: { seed: last } }), [trial(9, last), trial(9, 0), trial(8, last), trial(8, 0)])
})

const DRAWN = {
  uniform: { distribution: 'uniform', min: -2, max: 3 },
  log: { distribution: 'log_uniform', min: 1e-4, max: 1 },
  whole: { distribution: 'int_uniform', min: -1, max: 2 },
  named: { values: ['x', 'y', 'z'] },
}
const random = (samples: number, seed = 1) => ({ type: 'random', samples, seed })

test('expandTrials() samples depend on the seed alone, and more of them change none of the first', () => {
  const few = pointsOf(DRAWN, random(10))
  assert.deepEqual(few, pointsOf(DRAWN, random(10)))
  assert.deepEqual(few, pointsOf(DRAWN, random(256)).slice(0, 10))
  assert.notDeepEqual(few, pointsOf(DRAWN, random(10, 2)))
})

test('expandTrials() samples of a field do not depend on what else is drawn, or how its path is written', () => {
  const alone = pointsOf({ '/log': DRAWN.log }, random(10)).map((point) => point['/log'])
  assert.deepEqual(
    pointsOf(DRAWN, random(10)).map((point) => point['/log']),
    alone,
  )
})

test('expandTrials() samples keep to their bounds, and fill them evenly on their scale', () => {
  const points = pointsOf(DRAWN, random(256))
  const shareOf = (name: string, holds: (value: number) => boolean) =>
    points.filter((point) => holds(point[name] as number)).length / points.length
  const near = (share: number, wanted: number) => assert.ok(Math.abs(share - wanted) < 0.1, `${share}, not ${wanted}`)
  assert.equal(
    shareOf('/uniform', (value) => value >= -2 && value <= 3),
    1,
  )
  near(
    shareOf('/uniform', (value) => value < 0.5),
    0.5,
  )
  assert.equal(
    shareOf('/log', (value) => value >= 1e-4 && value <= 1),
    1,
  )
  near(
    shareOf('/log', (value) => value < 1e-2),
    0.5,
  )
  for (const whole of [-1, 0, 1, 2])
    near(
      shareOf('/whole', (value) => value === whole),
      0.25,
    )
  for (const name of ['x', 'y', 'z']) near(points.filter((point) => point['/named'] === name).length / 256, 1 / 3)
})
