import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJobSpec, type FindingCode, type RecordedFinding } from '@unroll/contract'
import { FindingStop } from './finding_stop.ts'

const [FOUND, MOST] = [50, 200]

function finding(code: FindingCode, more: Partial<RecordedFinding> = {}): RecordedFinding {
  const evidence = { layer: 0, timestep: 1, from_step: 1, to_step: FOUND, figures: { beta: 0.5 } }
  return { code, first_step: FOUND, until_step: null, evidence, advice: 'Change.', changes: { a: 1 }, ...more }
}
const BROKEN: RecordedFinding['evidence'] = {
  layer: 0,
  timestep: 1,
  from_step: 1,
  to_step: FOUND,
  figures: { loss: 'NaN' },
}

const CASES: [
  what: string,
  action: string,
  findings: RecordedFinding[],
  step: number,
  isLearning: boolean,
  intent?: string,
][] = [
  ['not at once', 'stop', [finding('vanishing')], FOUND, false],
  ['not before it has held for a tenth of the run', 'stop', [finding('vanishing')], FOUND + 19, false],
  ['when it has held for a tenth of the run', 'stop', [finding('vanishing')], FOUND + 20, false, 'finding'],
  ['not while the run learns', 'stop', [finding('exploding')], MOST, true],
  [
    'not when it no longer holds',
    'stop',
    [finding('vanishing'), finding('vanishing', { until_step: 60 })],
    MOST,
    false,
  ],
  ['not by what it is not to act on', 'stop', [finding('clip_idle')], MOST, false],
  ['not where it only notifies', 'notify', [finding('vanishing')], MOST, false],
  [
    'at once by a loss that is not finite',
    'stop',
    [finding('exploding', { evidence: BROKEN })],
    FOUND,
    true,
    'finding',
  ],
  ['to be forked', 'fork', [finding('vanishing')], MOST, false, 'fork'],
  ['alone, where nothing is proposed', 'fork', [finding('vanishing', { changes: null })], MOST, false, 'finding'],
]
for (const [what, on_finding, findings, step, isLearning, intent] of CASES) {
  test(`FindingStop ends a run ${what}`, () => {
    const parsed = parseJobSpec({
      model: { cell: 'rnn' },
      data: { task: 'adding' },
      training: { max_steps: MOST },
      on_finding,
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const stop = new FindingStop(parsed.value)
    assert.equal(stop.hear(findings, { step, isLearning })?.intent, intent)
  })
}
