// Fuzzes one parser: `node run.js TARGET INPUTS SEED`. Prints what came of it as JSON. With UNROLL_KEEP=1 it adds inputs that ran
// something new and are read to the corpus, the small ones first. A refused input may be what other software does not survive.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CORPUS, fuzz, readCorpus } from './fuzz.ts'
import { loadTarget } from './targets.ts'

/** Bytes of the kept inputs of a target, in base64. */
const MOST_KEPT = 8_000

const [target = '', inputs = '0', seed = '0'] = process.argv.slice(2)
const { found, faults, ...tally } = await fuzz(target, { inputs: Number(inputs), seed: Number(seed) })
if (process.env['UNROLL_KEEP'] === '1') keep(await selectRead(found))
const told = faults.map(({ fault, input }) => ({ fault, input: Buffer.from(input).toString('base64') }))
process.stdout.write(`${JSON.stringify({ target, ...tally, found: found.length, faults: told })}\n`)

async function selectRead(added: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const { parse } = await loadTarget(target)
  const read: Uint8Array[] = []
  for (const input of added) {
    try {
      await parse(input)
      read.push(input)
    } catch {
      // refused
    }
  }
  return read
}

function keep(added: readonly Uint8Array[]): void {
  const kept = readCorpus(target).map((input) => Buffer.from(input).toString('base64'))
  let room = MOST_KEPT - kept.join('\n').length
  for (const input of added.toSorted((a, b) => a.length - b.length)) {
    const line = Buffer.from(input).toString('base64')
    room -= line.length + 1
    if (room < 0) break
    kept.push(line)
  }
  if (kept.length === 0) return
  writeFileSync(join(CORPUS, `${target}.txt`), kept.map((line) => `${line}\n`).join(''))
}
