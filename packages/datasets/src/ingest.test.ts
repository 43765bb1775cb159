import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UploadOptions } from '@unroll/contract'
import type { IngestOptions } from './options.ts'
import { faultsOf, ingested, stepsOf } from './testing/ingested.ts'

/** Of each field: what there is one of, its type and its width. */
function fieldsOf({ found }: Awaited<ReturnType<typeof ingested>>): Record<string, string> {
  return Object.fromEntries(
    found.schema.fields.map(({ name, per, type, width }) => [name, `${type} ${width} per ${per}`]),
  )
}

const READ: [what: string, upload: string, options: IngestOptions, fields: Record<string, string>, steps: number[][]][] = [
  [
    'JSONL with vectors at each step',
    '{"inputs":[[1,2],[3,4]],"label":"a"}\n{"inputs":[[5,6]],"label":"b"}\n',
    { format: 'jsonl' },
    { inputs: 'number 2 per step', label: 'category 1 per sequence' },
    [[1, 2, 3, 4], [5, 6]],
  ],
  [
    'JSONL with numbers, a byte order mark, CRLF and blank lines',
    '\uFEFF{"x":[1,2,3],"targets":[0,1,0]}\r\n\r\n{"x":[4],"targets":[1]}\r\n\n\n',
    { format: 'jsonl' },
    { inputs: 'number 1 per step', targets: 'number 1 per step' },
    [[1, 2, 3], [4]],
  ],
  [
    'NaN of Python in JSON, as missing, and not in texts',
    '{"inputs":[1,NaN,-NaN],"label":"NaN or \\"NaN\\""}\n{"inputs":[NaN,2.5e-1],"label":"b"}',
    { format: 'jsonl' },
    { inputs: 'number 1 per step', label: 'category 1 per sequence' },
    [[1, NaN, NaN], [NaN, 0.25]],
  ],
  [
    'wide CSV, by its header',
    'a,b,c,label\n1,2,3,x\n4,5,?,y\n',
    { format: 'csv' },
    { inputs: 'number 1 per step', label: 'category 1 per sequence' },
    [[1, 2, 3], [4, 5, NaN]],
  ],
  [
    'wide TSV without a header whose label is the first column',
    '1\t0.5\t0.25\n2\t-1\t1e-3\n',
    { format: 'tsv', label: '1' },
    { inputs: 'number 1 per step', label: 'number 1 per sequence' },
    [[0.5, 0.25], [-1, 0.001]],
  ],
  [
    'CSV with semicolons and decimal commas',
    't0;t1;label\n1,5;2,25;a\n-3,0;NA;b\n',
    { format: 'csv' },
    { inputs: 'number 1 per step', label: 'category 1 per sequence' },
    [[1.5, 2.25], [-3, NaN]],
  ],
  [
    'CSV with line ends and quotes in cells, and a header that repeats',
    'a,b,note\r\n1,2,"two\r\nlines, ""quoted"""\r\na,b,note\r\n3,4,one\r\n\r\n\r\n',
    { format: 'csv' },
    { inputs: 'number 1 per step', note: 'category 1 per sequence' },
    [[1, 2], [3, 4]],
  ],
  [
    'long CSV, with the index that pandas writes',
    ',id,t,f,g,label\n0,a,0,1,10,x\n1,a,1,2,20,x\n2,b,0,3,30,y\n',
    { format: 'csv' },
    { id: 'identifier 1 per sequence', f: 'number 1 per step', g: 'number 1 per step', label: 'category 1 per sequence' },
    [[1, 2], [3]],
  ],
  [
    'long CSV with a label at each step',
    'id,t,f,label\na,0,1,x\na,1,2,y\nb,0,3,y\n',
    { format: 'csv' },
    { id: 'identifier 1 per sequence', f: 'number 1 per step', label: 'category 1 per step' },
    [[1, 2], [3]],
  ],
  [
    'a table of one series',
    'date,sales\n2026-01-01,1\n2026-01-02,2\n2026-01-03,4\n',
    { format: 'csv' },
    { sales: 'number 1 per step' },
    [[1, 2, 4]],
  ],
  [
    'a .ts file with keys in any case, missing values and labels as they are written',
    '# made by hand\n@problemName p\n@timeStamps false\n@MISSING true\n@dimensions 2\n@classLabel true A a\n@data\n1,?:3,4:A\n5,NaN,7:8,9,10:a\n\n',
    { format: 'ts' },
    { inputs: 'number 2 per step', label: 'category 1 per sequence' },
    [[1, 3, NaN, 4], [5, 8, NaN, 9, 7, 10]],
  ],
  [
    'a .ts file of a regression',
    '@problemname p\n@targetlabel true\n@data\n1,2,3:0.5\n4,5,6:-1e-11\n',
    { format: 'ts' },
    { inputs: 'number 1 per step', target: 'number 1 per sequence' },
    [[1, 2, 3], [4, 5, 6]],
  ],
] // prettier-ignore

for (const [what, upload, options, fields, steps] of READ) {
  test(`ingest() reads ${what}, however it is cut`, async (t) => {
    const digests = new Set<string>()
    for (const chunk of [undefined, 1, 7]) {
      const read = await ingested(t, upload, options, chunk)
      assert.deepEqual(fieldsOf(read), fields)
      const first = read.found.schema.fields.find(({ per, type }) => per === 'step' && type === 'number')
      assert.deepEqual(stepsOf(read.file, first?.name ?? ''), steps)
      digests.add(read.found.schema.values_sha256)
    }
    assert.equal(digests.size, 1)
  })
}

const SAME: [upload: string, options: IngestOptions][] = [
  ['{"inputs":[[1,2],[3,4]],"label":"1"}\n{"inputs":[[5,null]],"label":"2"}', { format: 'jsonl' }],
  ['{"label":1,"x":[[1,2],[3,4]]}\n{"x":[[5,NaN]],"label":2}', { format: 'jsonl' }],
  ['id,t,f,g,label\n7,0,1,2,1\n7,1,3,4,1\n8,0,5,,2\n', { format: 'csv' }],
  ['n\tstep\tf\tg\tclass\n7\t0\t1\t2\t1\n7\t1\t3\t4\t1\n8\t0\t5\t?\t2\n', { format: 'tsv', id: 'n' }],
]
test('the digest of values is the same in every format', async (t) => {
  const digests = await Promise.all(SAME.map(async ([upload, options]) => (await ingested(t, upload, options)).found))
  assert.equal(new Set(digests.map(({ schema }) => schema.values_sha256)).size, 1)
  const [upload = '', options] = SAME[0] ?? []
  const others = [
    '{"inputs":[[1,2],[3,4],[5,null]],"label":"1"}',
    upload.replace('"2"', '"3"'),
    upload.replace('5', '6'),
  ]
  for (const other of others) {
    const { found } = await ingested(t, other, options ?? { format: 'jsonl' })
    assert.notEqual(found.schema.values_sha256, digests[0]?.schema.values_sha256)
  }
})

test('ingest() counts classes, missing values, lengths and statistics', async (t) => {
  const lines = ['{"inputs":[1,2,3,4],"label":5}', '{"inputs":[5,null],"label":5}', '{"inputs":[6],"label":null}']
  const { found } = await ingested(t, lines.join('\n'), { format: 'jsonl' })
  const [inputs, label] = found.schema.fields
  assert.deepEqual(found.schema.lengths, {
    min: 1,
    median: 2,
    max: 4,
    histogram: [1, 2, 3, 4].map((from) => ({ from, to: from, count: from === 3 ? 0 : 1 })),
  })
  assert.deepEqual([inputs?.missing, inputs?.min, inputs?.max, inputs?.mean], [1, 1, 6, 3.5])
  assert.ok(Math.abs((inputs?.std ?? 0) - Math.sqrt(35 / 12)) < 1e-12)
  assert.deepEqual([label?.missing, label?.distinct, label?.categories], [1, 1, [{ value: '5', count: 2 }]])
})

const CORRECTED: [upload: string, option: UploadOptions, fields: Record<string, string>][] = [
  ['a,b,speaker\n1,2,3\n', { label: 'speaker' }, { inputs: 'number 1 per step', label: 'number 1 per sequence' }],
  [
    'a,b,speaker\n1,2,3\n',
    { category: ['speaker'], per_sequence: ['speaker'] },
    { inputs: 'number 1 per step', speaker: 'category 1 per sequence' },
  ],
  ['a,b,c\n1,2,3\n', { ignore: ['b'] }, { inputs: 'number 1 per step' }],
  ['t,a,b\n1,2,3\n', { layout: 'wide' }, { inputs: 'number 1 per step' }],
  ['1,2\n3,4\n', { header: true }, { inputs: 'number 1 per step' }],
]
for (const [upload, option, fields] of CORRECTED) {
  test(`ingest() reads as it is told: ${JSON.stringify(option)}`, async (t) => {
    assert.deepEqual(fieldsOf(await ingested(t, upload, { format: 'csv', ...option })), fields)
  })
}

test('ingest() keeps labels as they are written, and numbers to the last bit', async (t) => {
  const upload = '@targetlabel true\n@data\n0.1,-1e-11,5e-324:1.7976931348623157e308\n'
  const { file } = await ingested(t, upload, { format: 'ts' })
  assert.deepEqual(stepsOf(file, 'inputs'), [[0.1, -1e-11, 5e-324]])
  assert.deepEqual(Array.from(file.numbers('target')), [Number.MAX_VALUE])
  const labels = await ingested(t, '@classLabel true A a\n@data\n1,2:A\n3,4:a\n', { format: 'ts' })
  assert.deepEqual(labels.file.names('label'), ['A', 'a'])
})

test('ingest() has room for one value, and for symbols in place of numbers', async (t) => {
  const one = await ingested(t, '{"inputs":[5]}', { format: 'jsonl' })
  assert.deepEqual([one.found.schema.steps, one.found.schema.fields[0]?.std], [1, 0])
  const dna = await ingested(t, '{"inputs":["A","C","A"],"label":1}\n{"inputs":["G",null]}', { format: 'jsonl' })
  assert.deepEqual(dna.file.names('inputs'), ['A', 'C', 'G'])
  assert.deepEqual(Array.from(dna.file.stepCategories(1, 'inputs', 0, 2)), [2, -1])
  assert.deepEqual(Array.from(dna.file.numbers('label')), [1, NaN])
})

test('ingest() counts whole numbers at each step, up to 100 different ones, and no others', async (t) => {
  const counted = async (values: readonly (number | null)[]) => {
    const { found } = await ingested(t, JSON.stringify({ inputs: values }), { format: 'jsonl' })
    const [field] = found.schema.fields
    return [field?.type, field?.distinct, field?.categories.slice(0, 2)]
  }
  const [two, one] = [{ value: '2', count: 2 }, { value: '1', count: 1 }] // prettier-ignore
  assert.deepEqual(await counted([2, 1, null, 2]), ['number', 2, [two, one]])
  assert.deepEqual(await counted([2, 1.5, 2]), ['number', null, []])
  assert.deepEqual((await counted(Array.from({ length: 100 }, (_, n) => n)))[1], 100)
  assert.deepEqual((await counted(Array.from({ length: 101 }, (_, n) => n)))[1], null)
})

test('ingest() reads a file of more than eight mebibytes, which is all there before its first sequence', async (t) => {
  const [sequences, steps] = [1100, 1000]
  const about = `{'descr': '<f8', 'fortran_order': False, 'shape': (${sequences}, ${steps}), }`.padEnd(117) + '\n'
  const head = Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(about.length)}\0${about}`, 'latin1')
  const upload = Buffer.concat([head, Buffer.alloc(8 * sequences * steps)])
  const { found } = await ingested(t, upload, { format: 'npy' })
  assert.deepEqual([found.schema.sequences, found.schema.steps], [sequences, sequences * steps])
})

test('ingest() tells of the first 100 faults and the count of all', async () => {
  const lines = Array.from({ length: 250 }, (_, n) => `{"inputs":[1,"${n}",2]}`)
  const { faults, count, message } = await faultsOf(lines.join('\n'), { format: 'jsonl' })
  assert.equal(faults.length, 100)
  assert.equal(count, 250)
  assert.match(message, /it has 250 faults, of which the first 100 are listed/)
  assert.deepEqual(faults[99], {
    pointer: 'inputs',
    detail: 'Line 100, column 14: must be a number: current value is "99"',
    value: '99',
    line: 100,
    column: 14,
  })
})
