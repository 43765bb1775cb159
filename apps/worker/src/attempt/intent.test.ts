import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseIntent, isSuperseded, type Intent } from './intent.ts'

// By the earlier intent, then by the newest: the intent that the attempt ends by, `-` where the newest one changes nothing.
const NEWEST: readonly Intent[] = ['cancel', 'pause', 'expire', 'drain', 'device_lost', 'preempt', 'finding', 'fork']
const TABLE: readonly [earlier: Intent | undefined, ...ended: (Intent | '-')[]][] = [
  [undefined, 'cancel', 'pause', 'expire', 'drain', 'device_lost', 'preempt', 'finding', 'fork'],
  ['cancel', '-', '-', '-', '-', '-', '-', '-', '-'],
  ['pause', 'cancel', '-', 'expire', 'pause', 'pause', '-', 'pause', 'pause'],
  ['expire', 'cancel', 'pause', '-', 'expire', 'expire', '-', 'expire', 'expire'],
  ['drain', 'cancel', 'pause', 'expire', '-', 'drain', '-', 'drain', 'drain'],
  ['device_lost', 'cancel', 'pause', 'expire', 'device_lost', '-', '-', 'device_lost', 'device_lost'],
  ['preempt', 'cancel', 'pause', 'expire', 'drain', 'device_lost', '-', 'finding', 'fork'],
  ['finding', 'cancel', 'pause', 'expire', 'finding', 'finding', '-', '-', 'finding'],
  ['fork', 'cancel', 'pause', 'expire', 'fork', 'fork', '-', 'fork', '-'],
  ['fenced', '-', '-', '-', '-', '-', '-', '-', '-'],
]

for (const [earlier, ...ended] of TABLE) {
  test(`an attempt ${earlier === undefined ? 'without an intent' : `to ${earlier}`} ends by what is wanted next as the table says`, () => {
    assert.equal(ended.length, NEWEST.length)
    for (const [at, newest] of NEWEST.entries()) {
      const outcome = isSuperseded(newest, earlier) ? '-' : chooseIntent(newest, earlier)
      assert.equal(outcome, ended[at], newest)
    }
  })
}
