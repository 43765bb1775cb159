import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { DatasetDryRun, ProblemDetails } from '@unroll/contract'
import { assertNothingStored, assertProblem, testApp, type TestApp } from '../../testing/app.ts'

type Fault = [line: number, column: number, wanted: RegExp]

// A format is the end of the name, and what the query says further.
const MALFORMED: [what: string, upload: string | Uint8Array, format: string, fault: Fault][] = [
  ['a text among numbers', '{"inputs":[1,2]}\n{"inputs":[3,"x"]}', 'jsonl', [2, 14, /must be a number: .* "x"/]],
  ['a number that is infinite', '{"inputs":[1,2]}\n{"inputs":[3,1e999]}', 'jsonl', [2, 14, /must be a finite number/]],
  ['Infinity of Python', '{"inputs":[1, -Infinity]}', 'jsonl', [1, 15, /must be a finite number: current value is -Inf/]],
  ['JSON that breaks off', '{"inputs":[1,2]}\n{"inputs":[3,', 'jsonl', [2, 14, /must be JSON: value expected/]],
  ['a comma too many', '{"inputs":[1,2],}', 'jsonl', [1, 17, /must be JSON: property name expected/]],
  ['a list in place of lines', '[{"inputs":[1]}]', 'jsonl', [1, 1, /must be an object, one a line.*lines=True/]],
  ['a line that is a number', '{"inputs":[1]}\n7', 'jsonl', [2, 1, /must be an object: this is number/]],
  ['a step of another width', '{"inputs":[[1,2]]}\n{"inputs":[[3,4],[5]]}', 'jsonl', [2, 18, /list of 2 numbers: it has 1/]],
  ['targets of another length', '{"inputs":[1,2],"targets":[0,1]}\n{"inputs":[3],"targets":[0]}\n{"inputs":[5],"targets":[0,1]}', 'jsonl',
    [3, 25, /must have 1 entries, one for each step of "inputs": it has 2/]],
  ['a sequence without steps', '{"inputs":[1]}\n{"inputs":[]}', 'jsonl', [2, 11, /must be a list of at least one step/]],
  ['a sequence without inputs', '{"inputs":[1],"label":1}\n{"label":2}', 'jsonl', [2, 1, /must be a list of at least one step/]],
  ['no list anywhere', '{"label":1}', 'jsonl', [1, 1, /must have a field with a value at each step.*Its fields are label/]],
  ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"inputs":[1],"label":"'), Buffer.from([0xe9]), Buffer.from('"}')]), 'jsonl',
    [1, 24, /must be UTF-8: byte 0xe9/]],
  ['UTF-16', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), 'csv', [1, 1, /must be UTF-8: it is UTF-16/]],
  ['Latin-1 in CSV', Buffer.from('a,b,label\n1,2,caf\xe9\n', 'latin1'), 'csv', [2, 8, /must be UTF-8: byte 0xe9/]],
  ['a row with a cell too few', 'a,b,c\n1,2,3\n4,5\n', 'csv', [3, 3, /must have 3 cells, as the first line has: it has 2/]],
  ['a row with a cell too many', 'a,b\n1,2\n3,4,5\n', 'csv', [3, 3, /must have 2 cells.*: it has 3/]],
  ['a text in a column of numbers', 'a,b,label\n1,2,x\n3,4,y\n5,oops,z\n', 'csv', [4, 2, /must be a number: current value is "oops"/]],
  ['a quote that is not closed', 'a,b\n1,"2\n3,4\n', 'csv', [2, 2, /must be CSV: quote not closed/]],
  ['two columns of one name', 'a,b,a\n1,2,3\n', 'csv', [1, 3, /must have a name of its own: column 1/]],
  ['a label that is no column', 'a,b\n1,2\n', 'csv?label=class', [1, 1, /must have a column of that name \(label\): its columns are a, b/]],
  ['rows of a sequence apart', 'id,t,f\n1,0,1\n2,0,2\n1,1,3\n', 'csv', [4, 1, /must stand with the other rows of its sequence.*sort/]],
  ['rows of a sequence in disorder', 'id,t,f\n1,1,1\n1,0,2\n', 'csv', [3, 2, /must be after 1 of the row before|must be after "1" of the row before/]],
  ['a label that changes in a sequence', `id,t,f,label\n${'1,0,1,a\n'.repeat(1)}2,0,2,b\n`.concat('3,0,1,a\n3,1,1,b\n'), 'csv?per_sequence=label',
    [5, 4, /must be "a" as in the first row of its sequence/]],
  ['channels of unequal length', '@classLabel true a b\n@data\n1,2:3,4:a\n1,2:3:b\n', 'ts', [4, 5, /must have 2 numbers in channel 2/]],
  ['a text in a .ts file', '@classLabel true a b\n@data\n1,2:3,4:a\n1,x:3,4:b\n', 'ts', [4, 3, /must be a number: current value is "x"/]],
  ['time stamps in a .ts file', '@timeStamps true\n@data\n(0,1),(1,2):a\n', 'ts', [1, 1, /must be @timeStamps false/]],
  ['what is no Arrow', 'no table at all', 'arrow', [1, 1, /must be Arrow IPC that can be read/]],
  ['what is no Parquet', 'no table at all', 'parquet', [1, 1, /must be Parquet that can be read/]],
  ['what is no array', 'no array at all', 'npy', [1, 1, /must be an array of NumPy that can be read/]],
  ['an array of objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"), 'npy', [1, 1, /array of objects \(pickle\); save one padded array/]],
  ['an array that is cut off', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"), 'npy', [1, 1, /it ends after/]],
  ['an array of one dimension', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }"), 'npy', [1, 1, /it must be \(sequences, steps\)/]],
  ['what is no archive', 'no archive at all', 'npz', [1, 1, /must be an archive of NumPy that can be read/]],
  ['Feather of version 1', 'FEA1', 'arrow', [1, 1, /it is Feather version 1/]],
  ['an object that goes on in the next line', '{\n', 'jsonl', [1, 1, /must be a whole object on one line.*jq -c/]],
  ['commas between objects', '{"inputs":[1]},\n{"inputs":[2]}', 'jsonl', [1, 15, /must end with its object: a comma follows/]],
  ['texts in single quotes', "{'inputs': [1]}", 'jsonl', [1, 2, /its texts stand in double quotes.*json\.dumps/]],
  ['a field that comes late', `${'{"inputs":[1,2]}\n'.repeat(1000)}{"inputs":[1,2],"extra":1}`, 'jsonl', [1001, 25, /must be a field of the first sequences, or be left out by ignore=extra/]],
  ['what gzip packed', gzipSync('a,b\n1,2\n'), 'csv', [1, 1, /compressed by gzip, unpack it first/]],
  ['a sheet of Excel', 'PK\u0003\u0004', 'csv', [1, 1, /zip archive, as \.xlsx is too: .*save the sheet as CSV/]],
  ['Parquet that is called CSV', 'PAR1', 'csv', [1, 1, /it is Parquet, send it as/]],
  ['Parquet that is cut off', 'PAR1 and no end', 'parquet', [1, 1, /write it whole and without encryption/]],
  ['a table without rows', 'a,b\n', 'csv', [1, 1, /must have at least one sequence/]],
] // prettier-ignore

function npy(header: string): Uint8Array {
  const text = `${header}\n`
  const head = Buffer.from('\u0093NUMPY\u0001\u0000\u0000\u0000', 'latin1')
  head.writeUInt16LE(text.length, 8)
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}

function send({ http }: TestApp, upload: string | Uint8Array, format: string, query = '') {
  const [extension, options = ''] = format.split('?')
  return http
    .post(`/v1/datasets?name=a.${extension}&${options}${query}`)
    .set('content-type', 'application/octet-stream')
    .send(Buffer.from(upload))
}

test(`each of ${MALFORMED.length} malformed uploads is refused by line, column and what was wanted, and nothing of it is stored`, async (t) => {
  const service = await testApp(t, { maxDatasetBytes: 100_000 })
  for (const [what, upload, format, [line, column, wanted]] of MALFORMED) {
    const { errors = [], error_count: count } = assertProblem(await send(service, upload, format), 'DATASET_INVALID')
    const [fault] = errors
    assert.deepEqual([fault?.line, fault?.column], [line, column], `${what}: ${fault?.detail}`)
    assert.match(fault?.detail ?? '', wanted, what)
    assert.ok(fault?.detail.startsWith(`Line ${line}, column ${column}: must `), what)
    assert.equal(count ?? 1, errors.length, what)
    await assertNothingStored(service)
  }
  assert.ok(MALFORMED.length >= 40)
})

const NUMBERS = '1,2,x\n3,4,y\n'
/** Tables of two sequences of two steps, as people have them. */
const TABLES: [what: string, upload: string, format?: string][] = [
  ['nothing odd', `a,b,label\n${NUMBERS}`],
  ['a byte order mark', `\uFEFFa,b,label\n${NUMBERS}`],
  ['CRLF', `a,b,label\n${NUMBERS}`.replaceAll('\n', '\r\n')],
  ['CR alone', `a,b,label\n${NUMBERS}`.replaceAll('\n', '\r')],
  ['blank lines before, between and after', `\n\na,b,label\n1,2,x\n\n3,4,y\n\n\r\n\n`],
  ['no line end', `a,b,label\n${NUMBERS}`.trimEnd()],
  ['semicolons and decimal commas', 'a;b;label\n1,0;2,0;x\n3,0;4,0;y\n'],
  ['the delimiter in the first line, as Excel has it', 'sep=;\na;b;label\n1;2;x\n3;4;y\n'],
  ['tabs under the name of CSV', `a,b,label\n${NUMBERS}`.replaceAll(',', '\t')],
  ['tabs', `a,b,label\n${NUMBERS}`.replaceAll(',', '\t'), 'tsv'],
  ['white space round cells', 'a, b, label\n 1, 2, x\n3 ,4 , y \n'],
  ['a comma after each row', 'a,b,label,\n1,2,x,\n3,4,y,\n'],
  ['quotes', '"a","b","label"\n"1","2","x"\n"3","4","y"\n'],
  ['quotes in a quoted cell with line ends', 'a,b,label,note\n1,2,x,"two\r\nlines, ""quoted"""\n3,4,y,\n', 'csv?ignore=note'],
  ['a header that repeats', 'a,b,label\n1,2,x\na,b,label\n3,4,y\n'],
  ['the index of pandas', ',a,b,label\n0,1,2,x\n1,3,4,y\n'],
  ['comments', `# by hand\na,b,label\n1,2,x\n# more\n3,4,y\n`],
  ['a step a row', 'id,t,v,label\n1,0,1,x\n1,1,2,x\n2,0,3,y\n2,1,4,y\n', 'csv?label=label'],
  ['JSON', '{"inputs":[1,2],"label":"x"}\n{"inputs":[3,4],"label":"y"}\n', 'jsonl'],
  ['JSON with a byte order mark, CRLF and blank lines', '\uFEFF{"inputs":[1,2],"label":"x"}\r\n\r\n{"inputs":[3,4],"label":"y"}\r\n\n', 'jsonl'],
  ['JSON as Python writes it', '{"inputs": [1.0, 2.0], "label": "x"}\n{"inputs": [3.0, 4.0], "label": "y"}\n', 'jsonl'],
  ['JSON with the label first and x for inputs', '{"y":"x","x":[[1],[2]]}\n{"y":"y","x":[[3],[4]]}\n', 'jsonl'],
] // prettier-ignore

test(`the same sequences are read from ${TABLES.length} files as people have them`, async (t) => {
  const service = await testApp(t, { maxDatasetBytes: 100_000 })
  const digests = new Map<string, string[]>()
  for (const [what, upload, format = 'csv'] of TABLES) {
    const { status, body } = await send(service, upload, format, '&dry_run=true')
    assert.equal(status, 200, `${what}: ${(body as ProblemDetails).errors?.[0]?.detail}`)
    const found = body as Extract<DatasetDryRun, { kind: 'sequences' }>
    digests.set(found.values_sha256, [...(digests.get(found.values_sha256) ?? []), what])
  }
  assert.equal(digests.size, 1, JSON.stringify(Object.fromEntries(digests), null, 1))
})
