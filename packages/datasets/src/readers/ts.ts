import { isMissingText, numberOfText } from '../table_cells.ts'
import type { Faults, Place } from '../faults.ts'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { readLines } from './lines.ts'
import type { Opened, Reading } from './reader.ts'

/** What the header of a file says. */
interface Header {
  /** What the last field of a line is, if it is no channel. */
  target: 'label' | 'target' | undefined
}

const RULES = { isUntyped: true, decimal: '.' } as const

/**
 * The text format of aeon and sktime: after a header, a sequence a line, its channels between colons and the numbers of one
 * between commas, with the class or the target at the end. Keys of the header are read in any case; labels stay as they are written.
 */
export async function readTs(source: AsyncIterable<Uint8Array>, reading: Reading): Promise<Opened> {
  return { sequences: readSequences(source, reading), rules: RULES, isLong: false }
}

async function* readSequences(source: AsyncIterable<Uint8Array>, { faults }: Reading): RawSequences {
  const lines = new TsLines(faults)
  for await (const { first, texts } of readLines(source, faults))
    yield texts.flatMap((text, at) => lines.add(text.trim(), first + at) ?? [])
}

class TsLines {
  readonly #faults: Faults
  #header: Header = { target: undefined }
  #isData = false

  constructor(faults: Faults) {
    this.#faults = faults
  }

  /** @returns the sequence of the line, if it has one */
  add(text: string, line: number): RawSequence | undefined {
    if (text === '' || text.startsWith('#') || text.startsWith('%')) return undefined
    if (this.#isData) return toSequence(text, line, this.#header, this.#faults)
    if (/^@data$/i.test(text)) this.#isData = true
    else this.#header = withLine(this.#header, text, line, this.#faults)
    return undefined
  }
}

function withLine(header: Header, text: string, line: number, faults: Faults): Header {
  if (!text.startsWith('@'))
    faults.end({
      place: { line, column: 1 },
      field: '',
      wanted: 'Must begin with @ before the line @data',
      value: text,
    })
  const [key = '', value = ''] = text.toLowerCase().split(/\s+/)
  const isTrue = value === 'true'
  if (key === '@timestamps' && isTrue)
    faults.end({
      place: { line },
      field: '',
      wanted: 'Must be @timeStamps false: save the numbers without their times, in their order',
      value: text,
    })
  if (key === '@classlabel' && isTrue) return { ...header, target: 'label' }
  return key === '@targetlabel' && isTrue ? { ...header, target: 'target' } : header
}

function toSequence(text: string, line: number, { target }: Header, faults: Faults): RawSequence | undefined {
  const parts = text.split(':')
  const own = target === undefined ? undefined : parts.pop()?.trim()
  const channels = parts.map((part) => part.split(',').map(toCell))
  const [steps = 0] = channels.map(({ length }) => length)
  const odd = channels.findIndex(({ length }) => length !== steps)
  if (channels.length === 0 || odd >= 0) {
    const wanted =
      channels.length === 0
        ? `Must have a channel of numbers, and after a colon its ${target ?? 'label'}`
        : `Must have ${steps} numbers in channel ${odd + 1}, as in the first: it has ${channels[odd]?.length}`
    faults.tell(() => ({ place: findPlace(text, line, 'inputs', [0, Math.max(0, odd)]), field: 'inputs', wanted }))
    return undefined
  }
  const inputs = Array.from({ length: steps }, (_, step) => channels.map((channel) => channel[step]))
  return {
    values: { inputs, ...(target !== undefined && { [target]: own }) },
    findPlace: (name, path) => findPlace(text, line, name, path),
  }
}

function toCell(text: string): string | number | null {
  return numberOfText(text, '.') ?? (isMissingText(text) ? null : text.trim())
}

/** The character that a value starts at. */
function findPlace(text: string, line: number, name: string, [step = 0, channel = 0]: readonly number[]): Place {
  const parts = text.split(':')
  if (name !== 'inputs') return { line, column: text.lastIndexOf(':') + 2 }
  const before = parts.slice(0, channel).join(':').length + (channel === 0 ? 0 : 1)
  const cells = (parts[channel] ?? '').split(',')
  return { line, column: before + cells.slice(0, step).join(',').length + (step === 0 ? 0 : 1) + 1 }
}
