// `unroll`, on the command line.

import { readEnvironment } from './config.ts'
import { EXIT } from './exit_codes.ts'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())
process.stdout.on('error', () => process.exit(EXIT.ok.code)) // the reader has closed the pipe: `unroll … | head`
const exit = await run(process.argv.slice(2), {
  environment: readEnvironment(),
  terminal: processTerminal(process),
  signal: interrupt.signal,
  complain: (line) => void process.stderr.write(`${line}\n`),
})
process.exitCode = EXIT[exit].code
