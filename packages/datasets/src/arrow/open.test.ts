import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import { ingested } from '../testing/ingested.ts'
import { openSequences } from './open.ts'

const LINES = [
  { inputs: [[1, 2], [3, 4.5], [null, 6]], label: 'b', score: 1, tags: ['x', 'y', 'x'], box: [0, 1, 2, 3] },
  { inputs: [[7, 8]], label: 'a', score: null, tags: ['z'], box: [4, 5, 6, 7] },
  { inputs: [[9, 10], [11, 12]], label: null, score: 1, tags: [null, 'y'], box: null },
] // prettier-ignore

const JSONL = LINES.map((line) => JSON.stringify(line)).join('\n')

test('openSequences() gives back what was uploaded, each range of steps where it is asked for', async (t) => {
  const { file } = await ingested(t, JSONL, { format: 'jsonl' })
  assert.deepEqual(Array.from(file.lengths), [3, 1, 2])
  assert.deepEqual(Array.from(file.stepNumbers(0, 'inputs', 0, 3)), [1, 2, 3, 4.5, NaN, 6])
  assert.deepEqual(Array.from(file.stepNumbers(0, 'inputs', 1, 2)), [3, 4.5])
  assert.deepEqual(Array.from(file.stepNumbers(2, 'inputs', 1, 2)), [11, 12])
  assert.deepEqual(Array.from(file.stepCategories(0, 'tags', 1, 3)), [1, 0])
  assert.deepEqual(Array.from(file.stepCategories(2, 'tags', 0, 2)), [-1, 1])
  assert.deepEqual(file.names('tags'), ['x', 'y', 'z'])
  assert.deepEqual(Array.from(file.categories('label')), [0, 1, -1])
  assert.deepEqual(file.names('label'), ['b', 'a'])
  assert.deepEqual(Array.from(file.numbers('score')), [1, NaN, 1])
  assert.deepEqual(Array.from(file.categories('score')), [0, -1, 0])
  assert.deepEqual(file.names('score'), ['1'])
  assert.deepEqual(Array.from(file.numbers('box')), [0, 1, 2, 3, 4, 5, 6, 7, NaN, NaN, NaN, NaN])
})

test('openSequences() gives whole numbers at each step as classes, numbered as they come', async (t) => {
  const lines = ['{"inputs":[0.5,1,2],"label":[7,-1,7]}', '{"inputs":[3,4],"label":[null,-1]}']
  const { file } = await ingested(t, lines.join('\n'), { format: 'jsonl' })
  assert.deepEqual(file.names('label'), ['7', '-1'])
  assert.deepEqual(Array.from(file.stepCategories(0, 'label', 0, 3)), [0, 1, 0])
  assert.deepEqual(Array.from(file.stepCategories(1, 'label', 0, 2)), [-1, 1])
  assert.deepEqual(Array.from(file.stepNumbers(0, 'label', 1, 3)), [-1, 7], 'numbers all the same')
})

test('openSequences() reads across record batches', async (t) => {
  const count = 20_000
  const lines = Array.from({ length: count }, (_, n) => `{"inputs":[${n},${n + 0.5}],"label":"${n % 7}","id":${n}}`)
  const { file } = await ingested(t, lines.join('\n'), { format: 'jsonl' }, 65_536)
  assert.equal(file.schema.sequences, count)
  for (const n of [0, 15, 16, 17, 8_191, 8_192, 8_208, 8_209, 16_400, count - 1])
    assert.deepEqual(Array.from(file.stepNumbers(n, 'inputs', 0, 2)), [n, n + 0.5])
  assert.deepEqual(
    file.categories('label').slice(-3),
    Int32Array.from([count - 3, count - 2, count - 1], (n) => n % 7),
  )
  assert.deepEqual(Array.from(file.numbers('label').slice(0, 3)), [0, 1, 2]) // classes that are numerals
})

test('the file is one of Arrow, with classes as dictionaries', async (t) => {
  const { path } = await ingested(t, JSONL, { format: 'jsonl' })
  const table = tableFromIPC(readFileSync(path))
  assert.equal(table.numRows, LINES.length)
  assert.deepEqual(Array.from(table.getChild('label') ?? []), ['b', 'a', null])
  assert.deepEqual(
    Array.from(table.getChild('tags') ?? [], (list) => Array.from(list as Iterable<string>)),
    LINES.map(({ tags }) => tags),
  )
})

test('openSequences() refuses what is no file of sequences, and fields and steps that are not there', async (t) => {
  const { file, path } = await ingested(t, JSONL, { format: 'jsonl' })
  assert.throws(() => file.numbers('nothing'), /Cannot read field "nothing"/)
  assert.throws(() => file.stepNumbers(0, 'tags', 0, 1), /Cannot read field "tags"/)
  assert.throws(() => file.stepNumbers(1, 'inputs', 0, 2), /Cannot read steps 0 to 2 of sequence 1 as it has 1 steps/)
  writeFileSync(path, 'no file of sequences at all')
  assert.throws(() => openSequences(path), /is no file of sequences/)
})
