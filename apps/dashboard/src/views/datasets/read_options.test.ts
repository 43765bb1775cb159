import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noChoices, toUploadOptions } from './read_options.ts'

test('toUploadOptions() leaves out what is not chosen', () => {
  assert.deepEqual(toUploadOptions(noChoices('csv')), {})
})

test('toUploadOptions() names fields by what they are taken as, and says what is chosen', () => {
  const choices = { ...noChoices('csv'), label: 'speaker', header: 'false', delimiter: ';', per_sequence: ' a, b ,' }
  choices.taken.set('x', 'ignore').set('y', 'category').set('z', 'ignore')
  assert.deepEqual(toUploadOptions(choices), {
    label: 'speaker',
    per_sequence: ['a', 'b'],
    category: ['y'],
    ignore: ['x', 'z'],
    delimiter: ';',
    header: false,
  })
})

test('toUploadOptions() takes a table as long whose sequences or steps are named, unless it is said to be wide', () => {
  assert.deepEqual(toUploadOptions({ ...noChoices('csv'), id: 'machine' }), { id: 'machine', layout: 'long' })
  assert.deepEqual(toUploadOptions({ ...noChoices('tsv'), time: 'at', layout: 'wide' }), { time: 'at', layout: 'wide' })
  assert.deepEqual(toUploadOptions({ ...noChoices('parquet'), id: 'machine' }), { id: 'machine' })
})
