import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { NumberRows } from '../number_rows.ts'
import { nearestDouble } from './decimal.ts'
import { JsonScanner } from './scanner.ts'

const scanner = new JsonScanner()

/** What the scanner reads of a line, with lists as JSON has them and NaN for what is missing. */
function scan(line: string): unknown {
  const bytes = Buffer.from(`${line}\n`)
  scanner.open(bytes, 'utf8')
  const values = scanner.scan(0, bytes.length - 1)
  if (values === undefined) return undefined
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value)]))
}

function plain(value: unknown): unknown {
  if (value instanceof NumberRows) return value.toLists().map(plain)
  return value instanceof Float64Array ? Array.from(value) : value
}

const NUMBER = fc.double({ noDefaultInfinity: true, noNaN: true })
const NUMERAL = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 32n }),
    fc.nat(31),
    fc.integer({ min: -40, max: 40 }),
  )
  .map(([sign, digits, point, exponent]) => {
    const text = String(digits).padStart(point + 1, '0')
    const fraction = point === 0 ? '' : `.${text.slice(text.length - point)}`
    return `${sign}${text.slice(0, text.length - point)}${fraction}${exponent === 0 ? '' : `e${exponent}`}`
  })

test('JsonScanner reads every number as JSON.parse does, to the last bit', () => {
  fc.assert(
    fc.property(fc.array(NUMBER, { minLength: 1 }), fc.array(NUMERAL), (numbers, numerals) => {
      const line = `{"x":[${[...numbers.map((number) => JSON.stringify(number)), ...numerals].join(', ')}]}`
      assert.deepStrictEqual(scan(line), JSON.parse(line))
    }),
    { numRuns: 2_000 },
  )
})

test('nearestDouble() tells the nearest one of halves and of their neighbours, or says that it does not', () => {
  let told = 0
  for (let at = 0; at < 60_000; at++) {
    const odd = 2n ** 53n + 2n * BigInt(Math.floor(at / 3) * 449_999_017) + 1n // between two float64
    const digits = String(odd + BigInt((at % 3) - 1))
    for (const exponent of [-22, -3, 0, 7]) {
      const value = nearestDouble(Number(digits.slice(0, -4)), Number(digits.slice(-4)), 4, exponent)
      if (Number.isNaN(value)) continue
      told += 1
      assert.equal(value, Number(`${digits}e${exponent}`))
    }
  }
  assert.ok(told > 100_000, String(told))
})

const READ = [
  '{"inputs":[[1,2],[3,4]],"label":"a","id":7,"none":null}',
  ' { "inputs" : [ 1 , -2.5e3 , 0 , -0 ] , "t" : [ [ 1 ] , [ 2 ] ] } \t\r',
  '{"x":[1e-7,1E+5,0.1e-2,5e-324,1.7976931348623157e308,1e999,123456789012345678901234567890]}',
  '{"a":"é 🙂","b":""}',
  '{"a":[1],"a":[2,3]}',
]
for (const line of READ) test(`JsonScanner reads ${line}`, () => assert.deepStrictEqual(scan(line), JSON.parse(line)))

test('JsonScanner reads null and NaN among numbers as missing', () => {
  assert.deepEqual(scan('{"x":[1,null,NaN,2],"y":NaN}'), { x: [1, NaN, NaN, 2], y: null })
})

const LEFT = [
  '', '[1]', '7', '{}', '{"x":[]}', '{"x":[[]]}', '{"x":[[1],[2,3]]}', '{"x":[1,[2]]}', '{"x":[[1],2]}', '{"x":["a"]}',
  '{"x":true}', '{"x":{"y":1}}', '{"x":"a\\n"}', '{"x":"a\tb"}', '{"__proto__":[1]}', '{"x":[1],}', '{"x":[1,]}',
  '{"x":[1]', '{"x":[1]}}', '{"x":[1]} 2', '{"x" [1]}', '{x:[1]}', '{"x":[01]}', '{"x":[-]}', '{"x":[1.]}', '{"x":[.5]}',
  '{"x":[+1]}', '{"x":[1e]}', '{"x":[1e+]}', '{"x":[0x1]}', '{"x":[1 2]}', '{"x":[Infinity]}', '{"x":[-NaN]}', '{"x":[nul]}',
  '{"x":[1', '{"x":[', '{"x":', '{"x', '{', '{"x":[-', '{"x":[1e', '{"x":[[1],',
] // prettier-ignore
test(`JsonScanner leaves ${LEFT.length} lines to others, JSON and not`, () => {
  for (const line of LEFT) assert.equal(scan(line), undefined, line)
})
