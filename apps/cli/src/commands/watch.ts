import { isFinal, type Job } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'

export const watch: Command = {
  summary: 'shows a run, its flow and its log as it trains, until it ends',
  arguments: ['job'],
  example: 'unroll watch latest',
  run: (call) => watchJob(call, call.given[0] ?? ''),
}

/**
 * Shows a run until it ends: its log line by line, and its progress. With `--json` it prints the messages of the
 * stream, one a line; the last is the ended job.
 */
export async function watchJob(call: Call, id: string): Promise<Exit> {
  const { followInJson, followInLines, followOnScreen } = await import('../watch/follow_run.ts')
  const follow =
    call.flags['json'] === true ? followInJson : call.terminal.screen() === undefined ? followInLines : followOnScreen
  try {
    return chooseExit(await follow(call, id))
  } catch (error) {
    if (!call.signal.aborted) call.terminal.note(`The job itself may go on: unroll watch ${id} shows it again`)
    throw error
  }
}

function chooseExit({ status }: Job): Exit {
  return !isFinal(status) || status === 'succeeded' ? 'ok' : 'failed'
}
