import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs a command to its end and returns what it wrote. `purpose` completes "Cannot".
 * Errors: Error that says whether it is missing or what it wrote last.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  purpose = 'provide libtensorflow',
): Promise<string> {
  try {
    return (await promisify(execFile)(command, args)).stdout
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string }
    const why = code === 'ENOENT' ? `${command} is not installed` : `${command} failed: ${lastLines(stderr)}`
    throw new Error(`Cannot ${purpose} as ${why}`, { cause })
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-3).join(' / ')
}
