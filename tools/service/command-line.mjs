import { COMMANDS } from './commands.mjs'
import { serve } from './serve.mjs'

const USAGE = 2

/**
 * Runs a command with what stands behind it.
 * @param {keyof typeof COMMANDS} name
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runCommandLine(name, args) {
  const { help } = COMMANDS[name]
  const [first] = args
  if (first === '--help' || first === '-h') {
    console.log(help)
    return 0
  }
  if (first !== undefined) {
    console.error(`Cannot understand "${first}": settings are environment variables\n\n${help}`)
    return USAGE
  }
  try {
    return await serve(name)
  } catch (error) {
    console.error(`\n${error.message}`)
    return 1
  }
}
