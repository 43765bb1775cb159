import { provideBuild } from '../provision/build.mjs'
import { attackDocument } from './document.mjs'
import { fuzzParsers } from './fuzz.mjs'

/**
 * Attacks what this repository builds.
 * @param {string[]} wanted parts of names; none means all
 * @returns {Promise<number>} the exit code
 */
export async function runAttack(wanted) {
  await provideBuild()
  const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.some((part) => name.includes(part))
  const [inputs, examples] = [process.env.UNROLL_ATTACK_INPUTS, process.env.UNROLL_ATTACK_EXAMPLES].map((count) =>
    count === undefined ? undefined : Number(count),
  )
  const outcomes = [await attackDocument(isWanted, examples), await fuzzParsers(isWanted, inputs)]
  const tried = outcomes.reduce((sum, outcome) => sum + outcome.tried, 0)
  const faults = outcomes.flatMap((outcome) => outcome.faults)
  for (const fault of faults) console.log(`\n  ✗ ${fault}`)
  console.log(`\n  ${tried} tried, ${faults.length} faults`)
  return faults.length > 0 || tried === 0 ? 1 : 0
}
