import { provideBuild } from '../provision/build.mjs'
import { fuzzParsers } from './fuzz.mjs'

/**
 * Attacks what this repository builds.
 * @param {string[]} wanted parts of names; none means all
 * @returns {Promise<number>} the exit code
 */
export async function runAttack(wanted) {
  await provideBuild()
  const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.some((part) => name.includes(part))
  const inputs = process.env.UNROLL_ATTACK_INPUTS
  const { tried, faults } = await fuzzParsers(isWanted, inputs === undefined ? undefined : Number(inputs))
  for (const fault of faults) console.log(`\n  ✗ ${fault}`)
  console.log(`\n  ${tried} inputs, ${faults.length} faults`)
  return faults.length > 0 || tried === 0 ? 1 : 0
}
