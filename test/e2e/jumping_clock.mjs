// Loaded into every process of a service by a test: its wall clock is off by as many milliseconds as the file
// TEST_CLOCK_FILE says, from one moment to the next, as when a machine's clock is set. Time that only passes (timers,
// performance.now) is untouched, as the kernel's monotonic clock is. Each process writes down that it has jumped.

import { appendFileSync, readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 50
const file = process.env['TEST_CLOCK_FILE']
const TrueDate = Date
let offset = 0

function look() {
  const wanted = Number(readFileSync(file, 'utf8'))
  if (wanted === offset) return
  offset = wanted
  appendFileSync(`${file}.jumped`, `${process.pid} ${offset}\n`)
}

globalThis.Date = class extends TrueDate {
  /** @param {any[]} given */
  constructor(...given) {
    // @ts-expect-error the arguments are whatever the caller gave
    super(...(given.length === 0 ? [TrueDate.now() + offset] : given))
  }
  static now() {
    return TrueDate.now() + offset
  }
}
if (file !== undefined) setInterval(look, LOOK_EVERY_MS).unref()
