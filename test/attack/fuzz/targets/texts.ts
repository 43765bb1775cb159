import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  CURSOR_PATTERN,
  UnrollError,
  formatCursor,
  parseCursor,
  parseJobSpec,
  parseSweepSpec,
  type Checked,
} from '@unroll/contract'
import { FormatError } from '@unroll/formats'
import type { FuzzTarget } from '../target.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../../examples')
/** The API refuses deeper bodies before they are parsed. */
const MOST_DEPTH = 32

const FIELDS = [
  '"model":',
  '"data":',
  '"clipping":',
  '"optimizer":',
  '"training":',
  '"bptt":',
  '"observe":',
  '"metadata":',
  '"init_from":',
  '"resources":',
]
const VALUES = [
  '{}',
  '[]',
  'null',
  'true',
  '"lstm"',
  '"Infinity"',
  '"NaN"',
  '1e308',
  '-0',
  '0.1',
  '"a/b~c"',
  '"__proto__":',
  '"constructor":',
]

/** Specifications as clients send them, and cursors as they send them back. */
export const TEXT_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  specifications: {
    seeds: () => listExamples((body) => !('template' in body)),
    tokens: [...FIELDS, ...VALUES],
    parse: (input) => parseTwice(input, parseJobSpec),
  },
  sweeps: {
    seeds: () => listExamples((body) => 'template' in body),
    tokens: [
      ...FIELDS,
      ...VALUES,
      '"template":',
      '"space":',
      '"strategy":',
      '"objective":',
      '"/optimizer/learning_rate":',
      '"grid"',
    ],
    parse: (input) => parseTwice(input, parseSweepSpec),
  },
  cursors: {
    seeds: () => ['1.0', '3.123456', '999999999.999999999999'].map((text) => Buffer.from(text)),
    tokens: ['.', '_', '00', '-', '1e9', '\u0661', ' ', '_end'],
    parse: (input) => {
      const text = Buffer.from(input).toString()
      if (!new RegExp(CURSOR_PATTERN).test(text)) throw new FormatError('Cannot read the cursor')
      const cursor = parseCursor(text)
      assert.ok(Number.isSafeInteger(cursor.epoch) && Number.isSafeInteger(cursor.seq), text)
      assert.deepEqual(parseCursor(formatCursor(cursor)), cursor)
    },
  },
}

/** What is taken must be taken again, and be the same. */
function parseTwice(input: Uint8Array, parse: (value: unknown) => Checked<object>): void {
  const parsed = parse(parseJson(input))
  if (!parsed.ok) throw new UnrollError('INVALID_SPECIFICATION', 'It has faults', { faults: parsed.faults })
  const again = parse(sendOn(parsed.value))
  assert.ok(again.ok, `What was filled in is refused: ${JSON.stringify(again)}`)
  assert.deepEqual(sendOn(again.value), sendOn(parsed.value))
}

/** As JSON, which does not have -0. */
function sendOn(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}

function parseJson(input: Uint8Array): unknown {
  const text = Buffer.from(input).toString()
  let depth = 0
  for (const character of text) {
    if (character === '{' || character === '[') depth += 1
    if (depth > MOST_DEPTH) throw new FormatError('Cannot read the body as it is nested too deeply')
    if (character === '}' || character === ']') depth -= 1
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FormatError('Cannot read the body as it is not JSON', { cause })
  }
}

function listExamples(isWanted: (body: object) => boolean): Uint8Array[] {
  return readdirSync(EXAMPLES)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(EXAMPLES, name)))
    .filter((bytes) => isWanted(JSON.parse(bytes.toString()) as object))
}
