import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCorpus } from './fuzz/fuzz.ts'
import { Fuzzing } from './fuzz/fuzzing.ts'
import { TARGET_NAMES, loadTarget } from './fuzz/targets.ts'

// `npm run test:attack` tries each a hundred thousand times, led by coverage.
const INPUTS = 250
const SEED = 19
/** What a parser may keep: its code is still being compiled meanwhile. */
const MOST_GROWN_BYTES = 32 * 2 ** 20

describe('a parser of what others send', () => {
  for (const name of TARGET_NAMES)
    it(`reads or refuses every input of ${name}, within a second`, async (t) => {
      const target = await loadTarget(name)
      const corpus = [...(await target.seeds()), ...readCorpus(name)]
      assert.ok(corpus.length > 0)
      const tally = await new Fuzzing(target, corpus).run(name, { inputs: corpus.length + INPUTS, seed: SEED })
      assert.deepEqual(
        tally.faults.map(({ fault, input }) => `${fault}: ${Buffer.from(input).toString('base64')}`),
        [],
      )
      assert.ok(tally.grown < MOST_GROWN_BYTES, `It keeps ${tally.grown} bytes`)
      assert.ok(tally.refused > 0)
      t.diagnostic(
        `${tally.inputs} inputs: ${tally.parsed} read, ${tally.refused} refused, the slowest ${tally.slowest.toFixed(0)} ms`,
      )
    })
})
