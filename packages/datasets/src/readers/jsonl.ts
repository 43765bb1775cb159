import { findNodeAtLocation, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser'
import type { Place, Told } from '../faults.ts'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { linesOf } from './lines.ts'
import { TYPED, type Opened, type Reading } from './reader.ts'

type Values = Record<string, unknown>

/**
 * A sequence a line, each an object of JSON. `NaN`, which Python writes, is a missing value.
 */
export async function readJsonl(source: AsyncIterable<Uint8Array>, reading: Reading): Promise<Opened> {
  return { sequences: sequencesOf(source, reading), rules: TYPED, isLong: false }
}

async function* sequencesOf(source: AsyncIterable<Uint8Array>, { faults }: Reading): RawSequences {
  const parser = new LineParser()
  for await (const { first, texts } of linesOf(source, faults)) {
    const sequences: RawSequence[] = []
    for (const [at, text] of texts.entries()) {
      if (isBlank(text)) continue
      const line = first + at
      const values = parser.parse(text)
      if (isObject(values)) sequences.push(new JsonLine(values, line, text))
      else faults.tell(() => toldOf(text, line))
    }
    yield sequences
  }
}

function toldOf(text: string, line: number): Told {
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
  readonly #text: string

  constructor(values: Values, line: number, text: string) {
    this.values = values
    this.#line = line
    this.#text = text
  }

  placeOf(name: string, path: readonly number[]): Place {
    const root = parseTree(inPlace(this.#text))
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

function faultIn(text: string): { column: number; wanted: string } {
  let infinite: { token: string; offset: number } | undefined
  const finite = replaced(text, (token, offset) => {
    if (!token.endsWith('NaN')) infinite ??= { token, offset }
    return '0'
  })
  if (infinite !== undefined && parsed(finite) !== undefined)
    return { column: infinite.offset + 1, wanted: `Must be a finite number: current value is ${infinite.token}` }
  if (text.trimStart().startsWith('['))
    return {
      column: 1,
      wanted:
        'Must be an object, one a line: this is a list. pandas writes lines by to_json(path, orient="records", lines=True)',
    }
  const errors: ParseError[] = []
  const tree = parseTree(text, errors)
  const [error] = errors
  if (error === undefined) return { column: 1, wanted: `Must be an object: this is ${tree?.type ?? 'nothing'}` }
  const reason = printParseErrorCode(error.error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  return { column: error.offset + 1, wanted: `Must be JSON: ${reason}` }
}
