import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import { encodeTable } from './arrow.ts'

test('encodeTable() writes columns that any Arrow library reads, each value exact and null where there is none', () => {
  const measured = [NaN, Infinity, -Infinity, -0, 5e-324, 0]
  const present = Uint8Array.of(1, 1, 1, 1, 1, 0)
  const table = tableFromIPC(
    encodeTable([
      { name: 'step', values: Uint32Array.of(1, 2, 3, 4, 5, 4_294_967_295) },
      { name: 'loss', values: Float64Array.from(measured), present },
      { name: 'grad_norm', values: Float64Array.from(measured) },
    ]),
  )
  assert.deepEqual(
    table.schema.fields.map(({ name, nullable, type }) => [name, nullable, String(type)]),
    [
      ['step', false, 'Uint32'],
      ['loss', true, 'Float64'],
      ['grad_norm', false, 'Float64'],
    ],
  )
  const columnOf = (name: string) => [...(table.getChild(name) ?? [])] as unknown[]
  assert.deepEqual(columnOf('step'), [1, 2, 3, 4, 5, 4_294_967_295])
  assert.deepEqual(columnOf('loss'), [NaN, Infinity, -Infinity, -0, 5e-324, null])
  assert.deepEqual(columnOf('grad_norm'), measured)
})

test('encodeTable() writes columns without a line', () => {
  const table = tableFromIPC(encodeTable([{ name: 'step', values: new Uint32Array() }]))
  assert.deepEqual([table.numRows, table.schema.fields.map(({ name }) => name)], [0, ['step']])
})
