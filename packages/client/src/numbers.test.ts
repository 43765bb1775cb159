import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeNumbers } from './numbers.ts'

const NAMES = { name: 'NaN', metadata: { tag: 'Infinity' } }

const DECODED: [wire: object, decoded: object][] = [
  [
    { object: 'job', ...NAMES, result: { loss: 'NaN' } },
    { object: 'job', ...NAMES, result: { loss: NaN } },
  ],
  [
    { object: 'list', data: [{ object: 'job', ...NAMES, result: null }] },
    { object: 'list', data: [{ object: 'job', ...NAMES, result: null }] },
  ],
  [
    { object: 'metrics', series: { loss: [1, 'Infinity', null] } },
    { object: 'metrics', series: { loss: [1, Infinity, null] } },
  ],
  [
    { object: 'sweep', best: null, runs: [{ job: 'NaN', value: '-Infinity' }], bands: [{ median: 'Infinity' }] },
    { object: 'sweep', best: null, runs: [{ job: 'NaN', value: -Infinity }], bands: [{ median: Infinity }] },
  ],
  [
    { object: 'trace', inputs: [['NaN']], answers: [{ class: 'NaN', probabilities: { NaN: 'NaN' } }], targets: [null] },
    { object: 'trace', inputs: [[NaN]], answers: [{ class: 'NaN', probabilities: { NaN: NaN } }], targets: [null] },
  ],
  [
    { object: 'evaluation', report: { scores: { mae: 'Infinity' }, classes: [{ class: 'NaN', f1: 'NaN' }] } },
    { object: 'evaluation', report: { scores: { mae: Infinity }, classes: [{ class: 'NaN', f1: NaN }] } },
  ],
]
for (const [wire, decoded] of DECODED)
  test(`decodeNumbers() reads ${JSON.stringify(wire)}, and leaves names as they are`, () =>
    assert.deepEqual(decodeNumbers(wire), decoded))
