import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScores } from './scores.ts'

/** Outputs of three classes, of which the named one is the largest. */
function answers(classes: readonly number[]): Float32Array {
  return Float32Array.from(classes.flatMap((chosen) => [0, 1, 2].map((c) => (c === chosen ? 2 : -1))))
}

test('scores of classes are those of the confusion matrix, macro F1 that of scikit-learn', () => {
  const scores = createScores({ kind: 'classes', classes: ['a', 'b', 'c'] }, 3)
  scores.add(answers([0, 1, 1, 2]), Int32Array.of(0, 0, 1, -1)) // the last has no target
  scores.add(answers([1, 0]), Int32Array.of(1, 1))
  const { scores: named, classes, confusion } = scores.result(1)
  assert.deepEqual(confusion, [
    [1, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
  ])
  assert.deepEqual(classes?.[0], { class: 'a', support: 2, precision: 0.5, recall: 0.5, f1: 0.5 })
  assert.deepEqual(classes[1], { class: 'b', support: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 })
  assert.deepEqual(classes[2], { class: 'c', support: 0, precision: Number.NaN, recall: Number.NaN, f1: Number.NaN })
  assert.equal(named['macro_f1'], (0.5 + 2 / 3) / 2, 'over the classes that occur')
  assert.equal(named['accuracy'], 3 / 5)
})

test('scores of classes are the same of targets that are rows of 0 and 1', () => {
  const [ids, rows] = [0, 1].map(() => createScores({ kind: 'classes', classes: ['a', 'b', 'c'] }, 3))
  const none = Number.NaN
  ids!.add(answers([0, 1, 1, 2]), Int32Array.of(0, 0, 1, -1))
  rows!.add(answers([0, 1, 1, 2]), Float32Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0, none, none, none))
  assert.deepEqual(rows!.result(1), ids!.result(1))
})

test('scores of more than 100 classes have no confusion matrix', () => {
  const classes = Array.from({ length: 101 }, (_, c) => String(c))
  const scores = createScores({ kind: 'classes', classes }, 101)
  scores.add(new Float32Array(101), Int32Array.of(7))
  const { confusion, classes: rows } = scores.result(1)
  assert.equal(confusion, undefined)
  assert.equal(rows?.length, 101)
})

test('scores of labels count each label by itself', () => {
  const scores = createScores({ kind: 'labels' }, 2)
  scores.add(Float32Array.of(3, -1, 2, 1, -1, 5), Float32Array.of(1, 1, 0, 1, 1, Number.NaN))
  const { classes, scores: named } = scores.result(1)
  assert.deepEqual(
    classes?.map(({ support, precision, recall }) => [support, precision, recall]),
    [
      [2, 0.5, 0.5],
      [2, 1, 0.5],
    ],
  )
  assert.ok(Math.abs(named['macro_f1']! - (0.5 + 2 / 3) / 2) < 1e-12)
})

test('scores of numbers are errors in the units of the data, at each horizon', () => {
  const scores = createScores({ kind: 'numbers', units: [10, 10], horizon: 2, answers: 1, point: 0 }, 2)
  scores.add(Float32Array.of(1, 2, 3, 0), Float32Array.of(0, 2, 0, Number.NaN))
  const { horizons, scores: named } = scores.result(1)
  assert.deepEqual(horizons, [
    { horizon: 1, targets: 2, mae: 20, rmse: Math.sqrt(500) },
    { horizon: 2, targets: 1, mae: 0, rmse: 0 },
  ])
  assert.equal(named['mae'], 40 / 3)
  assert.equal(named['mae/1'], 20)
})

test('scores of quantiles are those of the one nearest to the median', () => {
  const scoring = { kind: 'numbers', units: [1, 1, 1], horizon: 1, answers: 3, point: 1 } as const
  const scores = createScores(scoring, 3)
  scores.add(Float32Array.of(-9, 1, 9), Float32Array.of(3, 3, 3))
  assert.equal(scores.result(1).scores['mae'], 2)
})

test('scores of symbols follow from the loss', () => {
  const { scores } = createScores({ kind: 'symbols' }, 65).result(2 * Math.LN2)
  assert.deepEqual([scores['perplexity'], scores['bits_per_character']], [4, 2])
})
