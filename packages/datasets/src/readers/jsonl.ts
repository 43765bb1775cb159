import { isAscii, isUtf8 } from 'node:buffer'
import { findNodeAtLocation, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser'
import type { Faults, Place, Told } from '../faults.ts'
import { JsonScanner } from '../json/scanner.ts'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { NEWLINE, readBlocks, notUtf8, type Block } from './lines.ts'
import { TYPED, type Opened, type Reading } from './reader.ts'

type Values = Record<string, unknown>

/**
 * A sequence a line, each an object of JSON. `NaN`, which Python writes, is a missing value.
 */
export async function readJsonl(source: AsyncIterable<Uint8Array>, reading: Reading): Promise<Opened> {
  return { sequences: readSequences(source, reading), rules: TYPED, isLong: false }
}

async function* readSequences(source: AsyncIterable<Uint8Array>, { faults }: Reading): RawSequences {
  const reader = new BlockReader(faults)
  for await (const block of readBlocks(source, faults)) yield reader.read(block)
}

/** Reads whole lines: those that are simple from their bytes, and the others as texts. */
class BlockReader {
  readonly #faults: Faults
  readonly #scanner = new JsonScanner()
  readonly #parser = new LineParser()

  constructor(faults: Faults) {
    this.#faults = faults
  }

  read(block: Block): RawSequence[] {
    const bytes = endedByNewline(block.bytes)
    const encoding = isAscii(bytes) ? 'latin1' : 'utf8' // latin1 is decoded and parsed faster
    const isText = encoding === 'latin1' || isUtf8(bytes)
    this.#scanner.open(bytes, encoding)
    const sequences: RawSequence[] = []
    for (let start = 0, line = block.first; start < bytes.length; line++) {
      const end = bytes.indexOf(NEWLINE, start)
      const values = isText ? this.#scanner.scan(start, end) : undefined
      const sequence =
        values === undefined
          ? this.#parse(bytes.subarray(start, end), line, encoding)
          : new JsonLine(values, line, new LineText(bytes, start, end))
      if (sequence !== undefined) sequences.push(sequence)
      start = end + 1
    }
    return sequences
  }

  #parse(bytes: Buffer, line: number, encoding: 'latin1' | 'utf8'): RawSequence | undefined {
    if (!isUtf8(bytes)) {
      this.#faults.tell(() => notUtf8(bytes, line))
      return undefined
    }
    const text = bytes.toString(encoding)
    if (isBlank(text)) return undefined
    const values = this.#parser.parse(text)
    if (isObject(values)) return new JsonLine(values, line, text)
    this.#faults.tell(() => tellFault(text, line))
    return undefined
  }
}

function endedByNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === NEWLINE ? bytes : Buffer.concat([bytes, Buffer.from('\n')])
}

/** The text of a line, decoded once it is asked for. */
class LineText {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  toString(): string {
    return this.#bytes.toString('utf8', this.#start, this.#end)
  }
}

function tellFault(text: string, line: number): Told {
  const { column, wanted } = faultIn(text)
  return { place: { line, column }, field: '', wanted }
}

/** Parses lines; once one has had tokens of Python, it looks for them in those that follow. */
class LineParser {
  #hasTokens = false

  /** Undefined where the line is no JSON. */
  parse(text: string): unknown {
    if (this.#hasTokens && text.includes('NaN')) return parsed(withoutTokens(text))
    const value = parsed(text)
    if (value !== undefined || !text.includes('NaN')) return value
    this.#hasTokens = true
    return parsed(withoutTokens(text))
  }
}

class JsonLine implements RawSequence {
  readonly values: Values
  readonly #line: number
  readonly #text: string | LineText

  constructor(values: Values, line: number, text: string | LineText) {
    this.values = values
    this.#line = line
    this.#text = text
  }

  findPlace(name: string, path: readonly number[]): Place {
    const root = parseTree(inPlace(this.#text.toString()))
    const node = root && (findNodeAtLocation(root, [name, ...path]) ?? findNodeAtLocation(root, [name]) ?? root)
    return { line: this.#line, column: (node?.offset ?? 0) + 1 }
  }
}

function isBlank(text: string): boolean {
  return text.length < 80 && text.trim() === ''
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Texts, which are left as they are, and what Python writes for numbers that JSON does not have. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

/** The line with something else for each token that is not a text. */
function replaced(text: string, by: (token: string, offset: number) => string): string {
  return text.replace(TOKENS, (found, offset: number) => (found.startsWith('"') ? found : by(found, offset)))
}

function withoutTokens(text: string): string {
  return replaced(text, (token) => (token.endsWith('NaN') ? 'null' : token))
}

/** The line as JSON in which everything stands where it did. */
function inPlace(text: string): string {
  return replaced(text, (token) => '0'.padEnd(token.length))
}

/** What other files of JSON have, where it shows, and the way out. */
const HABITS: readonly [pattern: RegExp, place: RegExp, wanted: string][] = [
  [
    /^\s*\[/,
    /\[/,
    'Must be an object, one a line: this is a list. pandas writes lines by to_json(path, orient="records", lines=True)',
  ],
  [/^\s*\{\s*$/, /\{/, 'Must be a whole object on one line: this one goes on in the next. `jq -c .` writes one a line'],
  [/\}\s*,\s*$/, /,\s*$/, 'Must end with its object: a comma follows, as between the entries of a list'],
  [
    /^\s*\{\s*'/,
    /'/,
    'Must be JSON: its texts stand in double quotes. Python writes it by json.dumps, not by print or str',
  ],
]

function faultIn(text: string): { column: number; wanted: string } {
  let infinite: { token: string; offset: number } | undefined
  const finite = replaced(text, (token, offset) => {
    if (!token.endsWith('NaN')) infinite ??= { token, offset }
    return '0'
  })
  if (infinite !== undefined && parsed(finite) !== undefined)
    return { column: infinite.offset + 1, wanted: `Must be a finite number: current value is ${infinite.token}` }
  const known = HABITS.find(([pattern]) => pattern.test(text))
  if (known !== undefined) return { column: text.search(known[1]) + 1, wanted: known[2] }
  const errors: ParseError[] = []
  const tree = parseTree(text, errors)
  const [error] = errors
  if (error === undefined) return { column: 1, wanted: `Must be an object: this is ${tree?.type ?? 'nothing'}` }
  const reason = printParseErrorCode(error.error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  return { column: error.offset + 1, wanted: `Must be JSON: ${reason}` }
}
