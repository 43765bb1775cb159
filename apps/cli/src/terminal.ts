import { cutLine, escapeControls, type ColourBits } from './watch/paint.ts'

/** The input and output of a command. */
export interface Terminal {
  /** Writes a line of the result. */
  out: (line: string) => void
  /** Says what is no part of the result. */
  note: (line: string) => void
  /** Writes bytes of the result. */
  bytes: (chunk: Uint8Array) => Promise<void>
  /** Replaces the status, one line or several; '' removes it. Does nothing if the output is not a terminal. */
  status: (text: string) => void
  /** Where the status is shown, as large as it is at the moment; undefined if that is not a terminal. */
  screen: () => { columns: number; rows: number; bits: ColourBits } | undefined
  /** Colours of the lines of the result. */
  bits: ColourBits
  /** The whole standard input. */
  input: () => Promise<Buffer<ArrayBuffer>>
}

/** Of a terminal that does not know its size. */
const [COLUMNS, ROWS] = [80, 24]
const ERASE_TO_LINE_END = '\x1b[K'
const ERASE_BELOW = '\x1b[J'

export function processTerminal({ stdin, stdout, stderr }: NodeJS.Process): Terminal {
  let shown = 0
  return {
    out: (line) => void stdout.write(`${stdout.isTTY ? escapeControls(line) : line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    bytes: (chunk) =>
      new Promise((resolve, reject) => stdout.write(chunk, (error) => (error ? reject(error) : resolve()))),
    status: (text) => {
      if (!stderr.isTTY) return
      const lines = text === '' ? [] : text.split('\n')
      const up = shown > 1 ? `\x1b[${shown - 1}A` : ''
      const cut = lines.map(
        (line) => cutLine(escapeControls(line), (stderr.columns || COLUMNS) - 1) + ERASE_TO_LINE_END,
      ) // the last cell would wrap
      if (shown > 0 || lines.length > 0) stderr.write(`\r${up}${cut.join('\n')}${ERASE_BELOW}`)
      shown = lines.length
    },
    screen: () =>
      stderr.isTTY
        ? { columns: stderr.columns || COLUMNS, rows: stderr.rows || ROWS, bits: stderr.getColorDepth() as ColourBits }
        : undefined,
    bits: stdout.isTTY ? (stdout.getColorDepth() as ColourBits) : 1,
    input: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
  }
}
