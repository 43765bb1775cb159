import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { check, compileCheck } from './check.ts'
import { FLOAT32 } from './float32.ts'

const PLAIN = Type.Object(
  {
    id: Type.String({ pattern: '^job_[0-9a-z]{3}$' }),
    limit: Type.Integer({ default: 20, minimum: 1, maximum: 100 }),
    dry_run: Type.Boolean({ default: false }),
    series: Type.Optional(Type.Array(Type.String({ maxLength: 5 }), { maxItems: 2 })),
    rate: Type.Optional(Type.Number({ format: FLOAT32, exclusiveMinimum: 0 })),
    rows: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1 })),
  },
  { additionalProperties: false },
)
const WITH_RECORD = Type.Object({ metadata: Type.Record(Type.String({ pattern: '^[a-z]+$' }), Type.String()) })

/** One of the right values, most often. */
const mostly = (right: readonly unknown[], wrong: readonly unknown[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })

const VALUES = fc.record(
  {
    id: mostly(['job_abc'], ['job_', 7, null]),
    limit: mostly([1, 100], [0, 101, 1.5, '20', NaN]),
    dry_run: mostly([true], ['true']),
    series: mostly([[], ['loss']], [['a', 'b', 'c'], ['longer'], [1], 'loss']),
    rate: mostly([0.5, 1e38], [0, 1e39, 1e-39, '1', null]),
    rows: mostly([[[1, 'x'], null], [{}]], [[], 1, null]),
  },
  { requiredKeys: ['id'] },
)
const WITH_UNKNOWN = fc
  .tuple(VALUES, fc.constantFrom({}, {}, {}, { unknown: 1 }))
  .map(([known, more]) => ({ ...known, ...more }))

test('compileCheck() finds what check() finds in values that are right and in values that are nearly right', () => {
  const compiled = compileCheck(PLAIN)
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(WITH_UNKNOWN, (value) => {
      const expected = check(PLAIN, value)
      assert.deepEqual(compiled(structuredClone(value)), expected)
      if (expected.ok) accepted += 1
      else refused += 1
    }),
    { numRuns: 500 },
  )
  assert.ok(accepted > 20 && refused > 20, `${accepted} values were accepted, ${refused} refused`)
})

for (const name of ['team', 'Team'])
  test(`compileCheck() of a record looks at a name as check() does: ${name}`, () => {
    const value = { metadata: { [name]: 'x' } }
    assert.deepEqual(compileCheck(WITH_RECORD)(value), check(WITH_RECORD, value))
  })
