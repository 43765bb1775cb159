import { UnrollClient, UnrollProblem } from '@unroll/client'
import { UsageError, parseCall } from './command.ts'
import { COMMANDS } from './commands/commands.ts'
import type { Exit } from './exit_codes.ts'
import { formatHelp, helpOfAll } from './help.ts'
import type { Terminal } from './terminal.ts'

const FAULTS_BEGIN = 500
/** The start of the message of an error about a connection that failed, broke off, or stayed silent. */
const LOST = /^(?:fetch failed|terminated|Nothing came)/

/**
 * Runs a command line.
 *
 * @param args the words after `unroll`
 * @param complain receives error messages
 */
export async function run(
  args: readonly string[],
  {
    url,
    terminal,
    signal,
    complain,
  }: { url: string; terminal: Terminal; signal: AbortSignal; complain: (line: string) => void },
): Promise<Exit> {
  const [name = '--help', ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out(helpOfAll(COMMANDS))
    return 'ok'
  }
  let address = url
  try {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (command === undefined) throw new UsageError('is no command')
    const call = parseCall(command, rest)
    if (call.flags['help'] === true) {
      terminal.out(formatHelp(name, command))
      return 'ok'
    }
    address = call.text['url'] ?? url
    const client = new UnrollClient({ baseUrl: address })
    return (await command.run({ client, terminal, signal, ...call })) ?? 'ok'
  } catch (error) {
    terminal.status('')
    const { exit, lines } = explained(error, { name, address, signal })
    for (const line of lines) complain(line)
    return exit
  }
}

function explained(
  error: unknown,
  { name, address, signal }: { name: string; address: string; signal: AbortSignal },
): { exit: Exit; lines: string[] } {
  if (signal.aborted) return { exit: 'interrupted', lines: [] }
  if (error instanceof UsageError)
    return { exit: 'usage', lines: [`unroll ${name}: ${error.message}`, 'Try: unroll --help'] }
  if (error instanceof UnrollProblem) {
    const faults = (error.problem.errors ?? []).map(({ pointer, detail }) => `  ${pointer} ${detail}`)
    const age = error.code === 'ROUTE_NOT_FOUND' ? ['The service is older than this program, and cannot do that'] : []
    return { exit: error.status >= FAULTS_BEGIN ? 'unreachable' : 'refused', lines: [error.message, ...faults, ...age] }
  }
  if (error instanceof TypeError && LOST.test(error.message)) {
    const why = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
    return {
      exit: 'unreachable',
      lines: [
        `Cannot reach the service: ${why}`,
        `Is it at ${address}? npm start starts it; --url or UNROLL_URL says where it is`,
      ],
    }
  }
  return { exit: 'fault', lines: [error instanceof Error ? error.message : String(error)] }
}
