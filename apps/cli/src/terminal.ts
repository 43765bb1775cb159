/** The input and output of a command. */
export interface Terminal {
  /** Writes a line of the result. */
  out: (line: string) => void
  /** Says what is no part of the result. */
  note: (line: string) => void
  /** Writes bytes of the result. */
  bytes: (chunk: Uint8Array) => Promise<void>
  /** Replaces the status line; '' removes it. Does nothing if the output is not a terminal. */
  status: (line: string) => void
  /** The width of a line in characters; undefined if the output is not a terminal. */
  columns: number | undefined
  /** The whole standard input. */
  input: () => Promise<Buffer<ArrayBuffer>>
}

const ERASE_LINE = '\r\x1b[K'

export function processTerminal({ stdin, stdout, stderr }: NodeJS.Process): Terminal {
  const columns = stderr.isTTY ? stderr.columns : undefined
  return {
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    bytes: (chunk) =>
      new Promise((resolve, reject) => stdout.write(chunk, (error) => (error ? reject(error) : resolve()))),
    status: (line) => {
      if (columns !== undefined) stderr.write(`${ERASE_LINE}${line.slice(0, columns - 1)}`)
    },
    columns,
    input: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
  }
}
