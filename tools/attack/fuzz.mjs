import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { root } from '../repository.mjs'

const execute = promisify(execFile)
const FOLDER = join(root, 'test/dist/attack/fuzz')
/** Of each parser. */
const INPUTS = 100_000
const SEED = 19
/** Bytes that a parser may keep. */
const MOST_GROWN = 64 * 2 ** 20
const OUTPUT_BYTES = 64 * 2 ** 20

/** @typedef {{ target: string, inputs: number, parsed: number, refused: number, covered: number, slowest: number, grown: number, found: number, faults: { fault: string, input: string }[] }} Tally */

/**
 * Fuzzes parsers, as many at a time as there are processors.
 * @param {(name: string) => boolean} isWanted
 * @param {number} [inputs] of each
 * @returns {Promise<{ tried: number, faults: string[] }>}
 */
export async function fuzzParsers(isWanted, inputs = INPUTS) {
  const { TARGET_NAMES } = /** @type {{ TARGET_NAMES: string[] }} */ (await import(join(FOLDER, 'targets.js')))
  const left = TARGET_NAMES.filter(isWanted)
  const outcome = { tried: 0, faults: /** @type {string[]} */ ([]) }
  const work = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const tally = await fuzz(name, inputs)
      outcome.tried += tally.inputs
      outcome.faults.push(...findFaults(tally, inputs))
      console.log(`  ${describe(tally)}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), left.length) }, work))
  return outcome
}

/**
 * @param {string} name
 * @param {number} inputs
 * @returns {Promise<Tally>}
 */
async function fuzz(name, inputs) {
  try {
    const args = [join(FOLDER, 'run.js'), name, String(inputs), String(SEED)]
    const { stdout } = await execute(process.execPath, args, { maxBuffer: OUTPUT_BYTES })
    return JSON.parse(stdout)
  } catch (error) {
    const fault = String(error.stderr ?? error.message).slice(0, 1_000)
    const nothing = { parsed: 0, refused: 0, covered: 0, slowest: 0, grown: 0, found: 0 }
    return { target: name, inputs: 0, ...nothing, faults: [{ fault, input: '' }] }
  }
}

/**
 * @param {Tally} tally
 * @param {number} inputs
 */
function findFaults({ target, inputs: tried, parsed, grown, faults }, inputs) {
  const found = faults.map(({ fault, input }) => `${target}: ${fault} ${input}`)
  if (grown > MOST_GROWN) found.push(`${target}: keeps ${grown} bytes`)
  if (tried < inputs || parsed === 0) found.push(`${target}: ${tried} of ${inputs} inputs, of which it read ${parsed}`)
  return found
}

/** @param {Tally} tally */
function describe({ target, inputs, parsed, refused, found, slowest, grown, faults }) {
  const outcome = `${inputs} inputs, ${parsed} read, ${refused} refused, ${found} ran something new`
  return `${faults.length === 0 ? '✓' : '✗'} ${target}: ${outcome}, slowest ${slowest.toFixed(0)} ms, ${(grown / 2 ** 20).toFixed(1)} MiB kept`
}
