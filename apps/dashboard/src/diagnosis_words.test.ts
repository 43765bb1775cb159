import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleOutlook } from '@unroll/client'
import { unseenWords, verdictWords } from './diagnosis_words.ts'

const EARLY: RuleOutlook = {
  code: 'clip_idle',
  status: 'too_early',
  from_step: 1000,
  why: 'looked at from step 1000 on',
}
const BLIND: RuleOutlook = { code: 'saturated_units', status: 'not_measured', from_step: null, why: 'not measured' }
const LOOKED: RuleOutlook = { code: 'exploding', status: 'looked_at', from_step: 1, why: null }

for (const { rules, active, past, words } of [
  { rules: [EARLY, BLIND], active: 0, past: 0, words: 'too early to tell' },
  { rules: [LOOKED, BLIND], active: 0, past: 0, words: '1 of 2 rules have looked, and found nothing' },
  { rules: [LOOKED], active: 1, past: 2, words: '1 finding, 2 no longer' },
]) {
  test(`verdictWords() of ${active} and ${past} findings is "${words}"`, () => {
    assert.equal(verdictWords(active, past, rules), words)
  })
}

test('unseenWords() says which rules have not looked, and why', () => {
  assert.equal(
    unseenWords([LOOKED, EARLY, BLIND]),
    'Too early: clip idle (looked at from step 1000 on). Not looked at: saturated units (not measured).',
  )
  assert.equal(unseenWords([LOOKED]), '')
})
