// Loaded into every process of a test run.

import { Console } from 'node:console'
import { setFlagsFromString } from 'node:v8'

// V8 optimises a function after 1,000,000 bytes of executed bytecode instead of 67,584. Most processes of a run end before optimised
// code has saved the time that compiling it takes, which is an eighth of the run's processor time.
const LATER = '--interrupt-budget=1000000'
setFlagsFromString(LATER)
process.execArgv.push(LATER) // which training processes are forked with: their environment has no NODE_OPTIONS

// The runner and the process of a test file speak over the latter's standard output, and Node 20 takes text that follows one of
// their messages for the head of the next: the file then fails with "Unable to deserialize cloned data". So what a test prints
// goes to standard error.
const file = process.argv[1] ?? ''
if (/\.test\.m?js$/.test(file)) {
  globalThis.console = new Console(process.stderr)
  const log = process.env.TEST_PROCESSOR_LOG
  if (log !== undefined) {
    const { recordAtExit } = await import('./processor.mjs')
    recordAtExit(log, file)
  }
}
