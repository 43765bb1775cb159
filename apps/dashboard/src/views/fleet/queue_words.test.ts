import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueueState } from '@unroll/client'
import { pauseWords } from './queue_words.ts'

const NOW = Date.UTC(2026, 0, 2)
const AT = new Date(NOW - 300_000).toISOString()

/** The lines of a queue of which some accelerators are paused. */
function linesOf(paused: readonly string[]): QueueState['lines'] {
  return (['any', 'cpu', 'gpu', 'gpu'] as const).map((accelerator, at) => ({
    accelerator,
    labels: at === 3 ? { pool: 'a100' } : {},
    depth: 1,
    oldest_wait_seconds: 1,
    workers: 0,
    free_slots: 0,
    paused_at: paused.includes(accelerator) ? AT : null,
  }))
}

const CASES: [paused: string[], words: string][] = [
  [[], ''],
  [['any', 'cpu', 'gpu'], 'The queue was paused 5 min ago: no job is handed out, those that train go on.'],
  [['gpu'], 'The queue of jobs that ask for "gpu" was paused 5 min ago: none of them is handed out.'],
  [['gpu', 'any'], 'The queue of jobs that ask for "any" and "gpu" was paused 5 min ago: none of them is handed out.'],
]
for (const [paused, words] of CASES) {
  test(`pauseWords() of ${paused.length === 0 ? 'a queue that is not paused' : paused.join(', ')} says "${words}"`, () => {
    assert.equal(pauseWords({ lines: linesOf(paused) }, NOW), words)
  })
}
