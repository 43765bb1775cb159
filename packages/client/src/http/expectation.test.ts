import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration } from './duration.ts'
import { queueWords, timeWords } from './expectation.ts'

const NONE = { position: null, waiting_for: null, eta_seconds: null, eta_unknown: null }
const progress = { step: 0, max_steps: 100, eta_seconds: null }

for (const [name, got, wanted] of [
  ['formatDuration(0.2)', formatDuration(0.2), '0 s'],
  ['formatDuration(42)', formatDuration(42), '42 s'],
  ['formatDuration(200)', formatDuration(200), '3 min 20 s'],
  ['formatDuration(3600)', formatDuration(3600), '1 h'],
  ['formatDuration(3850)', formatDuration(3850), '1 h 4 min'],
  ['formatDuration(183600)', formatDuration(183_600), '2 d 3 h'],
  ['queueWords() of a job that is not in line', queueWords({ queue: NONE }).join(' · '), ''],
  [
    'queueWords() of the first in line',
    queueWords({ queue: { ...NONE, position: 0 } }).join(' · '),
    'next in the queue',
  ],
  [
    'queueWords() of one behind others',
    queueWords({
      queue: { position: 1_200, waiting_for: 'a free slot of a worker', eta_seconds: 300, eta_unknown: null },
    }).join(' · '),
    'waiting for a free slot of a worker · 1,200 ahead in the queue · may start in about 5 min',
  ],
  [
    'queueWords() of one whose start is not known',
    queueWords({ queue: { ...NONE, position: 1, eta_unknown: 'a reason' } }).join(' · '),
    '1 ahead in the queue',
  ],
  [
    'timeWords() of a job that may start',
    timeWords({ queue: { ...NONE, position: 0, eta_seconds: 0 }, progress }),
    'may start now',
  ],
  [
    'timeWords() of a job that trains',
    timeWords({ queue: NONE, progress: { ...progress, eta_seconds: 20 } }),
    'about 20 s left',
  ],
  ['timeWords() of a job of which nothing is known', timeWords({ queue: NONE, progress }), ''],
] as const) {
  test(`${name} is "${wanted}"`, () => {
    assert.equal(got, wanted)
  })
}
