import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IngestOptions } from './options.ts'
import { faultsOf, ingested } from './testing/ingested.ts'

type Fault = [line: number, column: number | undefined, wanted: RegExp]

const JSONL: IngestOptions = { format: 'jsonl' }
const CSV: IngestOptions = { format: 'csv' }

const MALFORMED: [what: string, upload: string | Uint8Array, options: IngestOptions, fault: Fault][] = [
  ['a text among numbers', '{"inputs":[1,2]}\n{"inputs":[3,"x"]}', JSONL, [2, 14, /must be a number: .* "x"/]],
  ['a number that is infinite', '{"inputs":[1,2]}\n{"inputs":[3,1e999]}', JSONL, [2, 14, /must be a finite number/]],
  ['Infinity of Python', '{"inputs":[1, -Infinity]}', JSONL, [1, 15, /must be a finite number: current value is -Inf/]],
  ['JSON that breaks off', '{"inputs":[1,2]}\n{"inputs":[3,', JSONL, [2, 14, /must be JSON: value expected/]],
  ['a comma too many', '{"inputs":[1,2],}', JSONL, [1, 17, /must be JSON: property name expected/]],
  ['a list in place of lines', '[{"inputs":[1]}]', JSONL, [1, 1, /must be an object, one a line.*lines=True/]],
  ['a line that is a number', '{"inputs":[1]}\n7', JSONL, [2, 1, /must be an object: this is number/]],
  ['a step of another width', '{"inputs":[[1,2]]}\n{"inputs":[[3,4],[5]]}', JSONL, [2, 18, /list of 2 numbers: it has 1/]],
  ['targets of another length', '{"inputs":[1,2],"targets":[0,1]}\n{"inputs":[3],"targets":[0]}\n{"inputs":[5],"targets":[0,1]}', JSONL,
    [3, 25, /must have 1 entries, one for each step of "inputs": it has 2/]],
  ['a sequence without steps', '{"inputs":[1]}\n{"inputs":[]}', JSONL, [2, 11, /must be a list of at least one step/]],
  ['a sequence without inputs', '{"inputs":[1],"label":1}\n{"label":2}', JSONL, [2, 1, /must be a list of at least one step/]],
  ['no list anywhere', '{"label":1}', JSONL, [1, 1, /must have a field with a value at each step.*Its fields are label/]],
  ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"inputs":[1],"label":"'), Buffer.from([0xe9]), Buffer.from('"}')]), JSONL,
    [1, 24, /must be UTF-8: byte 0xe9/]],
  ['UTF-16', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), CSV, [1, 1, /must be UTF-8: it is UTF-16/]],
  ['Latin-1 in CSV', Buffer.from('a,b,label\n1,2,caf\xe9\n', 'latin1'), CSV, [2, 8, /must be UTF-8: byte 0xe9/]],
  ['a row with a cell too few', 'a,b,c\n1,2,3\n4,5\n', CSV, [3, undefined, /must have 3 cells, as the first line has: it has 2/]],
  ['a row with a cell too many', 'a,b\n1,2\n3,4,5\n', CSV, [3, undefined, /must have 2 cells.*: it has 3/]],
  ['a text in a column of numbers', 'a,b,label\n1,2,x\n3,4,y\n5,oops,z\n', CSV, [4, 2, /must be a number: current value is "oops"/]],
  ['a quote that is not closed', 'a,b\n1,"2\n3,4\n', CSV, [2, undefined, /must be CSV: quote not closed/]],
  ['two columns of one name', 'a,b,a\n1,2,3\n', CSV, [1, 3, /must have a name of its own: column 1/]],
  ['a label that is no column', 'a,b\n1,2\n', { ...CSV, label: 'class' }, [1, undefined, /must have a column of that name \(label\): its columns are a, b/]],
  ['rows of a sequence apart', 'id,t,f\n1,0,1\n2,0,2\n1,1,3\n', CSV, [4, 1, /must stand with the other rows of its sequence.*sort/]],
  ['rows of a sequence in disorder', 'id,t,f\n1,1,1\n1,0,2\n', CSV, [3, 2, /must be after 1 of the row before|must be after "1" of the row before/]],
  ['a label that changes in a sequence', `id,t,f,label\n${'1,0,1,a\n'.repeat(1)}2,0,2,b\n`.concat('3,0,1,a\n3,1,1,b\n'), { ...CSV, per_sequence: ['label'] },
    [5, 4, /must be "a" as in the first row of its sequence/]],
  ['channels of unequal length', '@classLabel true a b\n@data\n1,2:3,4:a\n1,2:3:b\n', { format: 'ts' }, [4, undefined, /must have 2 numbers in channel 2/]],
  ['a text in a .ts file', '@classLabel true a b\n@data\n1,2:3,4:a\n1,x:3,4:b\n', { format: 'ts' }, [4, 3, /must be a number: current value is "x"/]],
  ['time stamps in a .ts file', '@timeStamps true\n@data\n(0,1),(1,2):a\n', { format: 'ts' }, [1, undefined, /must be @timeStamps false/]],
  ['what is no Arrow', 'no table at all', { format: 'arrow' }, [1, undefined, /must be Arrow IPC that can be read/]],
  ['what is no Parquet', 'no table at all', { format: 'parquet' }, [1, undefined, /must be Parquet that can be read/]],
  ['what is no array', 'no array at all', { format: 'npy' }, [1, undefined, /must be an array of NumPy that can be read/]],
  ['an array of objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"), { format: 'npy' }, [1, undefined, /array of objects \(pickle\); save one padded array/]],
  ['an array that is cut off', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"), { format: 'npy' }, [1, undefined, /it ends after/]],
  ['an array of one dimension', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }"), { format: 'npy' }, [1, undefined, /it must be \(sequences, steps\)/]],
  ['what is no archive', 'no archive at all', { format: 'npz' }, [1, undefined, /must be an archive of NumPy that can be read/]],
  ['Feather of version 1', 'FEA1', { format: 'arrow' }, [1, undefined, /it is Feather version 1/]],
] // prettier-ignore

function npy(header: string): Uint8Array {
  const text = `${header}\n`
  const head = Buffer.from('\u0093NUMPY\u0001\u0000\u0000\u0000', 'latin1')
  head.writeUInt16LE(text.length, 8)
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}

for (const [what, upload, options, [line, column, wanted]] of MALFORMED) {
  test(`ingest() tells the place of ${what}`, async () => {
    const { faults, count } = await faultsOf(upload, options)
    assert.equal(count, 1, JSON.stringify(faults))
    assert.deepEqual([faults[0]?.line, faults[0]?.column], [line, column], faults[0]?.detail)
    assert.match(faults[0]?.detail ?? '', wanted)
  })
}

test(`ingest() was tried on malformed files of every kind`, () => assert.ok(MALFORMED.length >= 20))

test('ingest() refuses a field that was in none of the first sequences', async (t) => {
  const lines = Array.from({ length: 1_000 }, () => '{"inputs":[1,2]}')
  const upload = [...lines, '{"inputs":[1,2],"extra":1}'].join('\n')
  const { faults } = await faultsOf(upload, JSONL)
  assert.match(
    faults[0]?.detail ?? '',
    /^Line 1001, column 25: must be a field of the first sequences, or be left out by ignore=extra/,
  )
  const { found } = await ingested(t, upload, { ...JSONL, ignore: ['extra'] })
  assert.equal(found.schema.sequences, 1_001)
})
