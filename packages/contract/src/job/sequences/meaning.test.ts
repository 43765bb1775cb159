import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareMeaning, isMeaning, type Meaning } from './meaning.ts'

const TEXT: Meaning = { kind: 'text', unit: 'character', vocabulary: ['a', 'b', 'c'] }
const NUMBERS: Meaning = {
  kind: 'sequences',
  inputs: {
    fields: [
      { name: 'speed', type: 'number' },
      { name: 'place', type: 'category', categories: ['x', 'y'] },
    ],
    masked: [],
  },
  outputs: { field: 'label', classes: ['no', 'yes'] },
}

/** The same with other inputs or outputs. */
function changed(change: { inputs?: object; outputs?: object }): Meaning {
  const { inputs, outputs } = NUMBERS as Extract<Meaning, { kind: 'sequences' }>
  return { kind: 'sequences', inputs: { ...inputs, ...change.inputs }, outputs: { ...outputs, ...change.outputs } }
}

const CASES: readonly [
  what: string,
  source: Meaning,
  own: Meaning,
  details: readonly [side: string, said: RegExp][],
][] = [
  ['the same text', TEXT, TEXT, []],
  ['a text of which only the first symbols are known', TEXT, { ...TEXT, vocabulary: ['a', 'b'] }, []],
  [
    'a text of other symbols',
    { ...TEXT, vocabulary: ['a', 'x', 'c'] },
    TEXT,
    [
      ['inputs', /^value 2 of "character" .* is "b" in the job and "x" in the source; 1 of 3 differ$/],
      ['outputs', /^value 2 of "character"/],
    ],
  ],
  [
    'a text by another unit',
    { ...TEXT, unit: 'word' },
    TEXT,
    [
      ['inputs', /^"character" .* of the job is "word"/],
      ['outputs', /"word"/],
    ],
  ],
  [
    'a text and sequences',
    TEXT,
    NUMBERS,
    [
      ['inputs', /^"speed" \(numbers\) of the job is "character" \(one of several values\) of the source$/],
      ['inputs', /^"place" .* of the job is nothing of the source$/],
      ['outputs', /^"label"/],
    ],
  ],
  ['the same sequences', NUMBERS, changed({}), []],
  [
    'classes in another order',
    changed({ outputs: { classes: ['yes', 'no'] } }),
    NUMBERS,
    [['outputs', /^value 1 of "label" .* is "no" in the job and "yes" in the source; 2 of 2 differ$/]],
  ],
  [
    'values of a field in another order',
    changed({
      inputs: {
        fields: [
          { name: 'speed', type: 'number' },
          { name: 'place', type: 'category', categories: ['y', 'x'] },
        ],
      },
    }),
    NUMBERS,
    [['inputs', /^value 1 of "place"/]],
  ],
  [
    'a field that has a mask',
    changed({ inputs: { masked: ['speed'] } }),
    NUMBERS,
    [['inputs', /^"speed" \(numbers\) of the job is "speed" \(numbers, with what says whether it was observed\)/]],
  ],
  [
    'numbers that are answered in place of classes',
    changed({ outputs: { classes: undefined, fields: [{ name: 'label', type: 'number' }] } }),
    NUMBERS,
    [['outputs', /^"label" \(one of several values\) of the job is "label" \(numbers\) of the source$/]],
  ],
]

for (const [what, source, own, details] of CASES)
  test(`compareMeaning() of ${what} finds ${details.length} differences`, () => {
    const found = compareMeaning(source, own)
    assert.deepEqual(
      found.map(({ side }) => side),
      details.map(([side]) => side),
    )
    for (const [at, [, said]] of details.entries()) assert.match(found[at]!.detail, said)
  })

test('isMeaning() refuses what does not say what places mean', () => {
  assert.ok(isMeaning(TEXT) && isMeaning(NUMBERS))
  for (const other of [
    null,
    1,
    'text',
    {},
    { kind: 'text' },
    { kind: 'text', vocabulary: [1] },
    { ...NUMBERS, inputs: 1 },
  ])
    assert.ok(!isMeaning(other), JSON.stringify(other))
})
