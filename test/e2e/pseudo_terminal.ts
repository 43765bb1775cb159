import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { UNROLL } from './cli.ts'

const LIMIT_MS = 180_000
/** A step of what is written to a terminal: a control sequence, a control character, or characters. */
const STEP = /\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]+/g // oxlint-disable-line no-control-regex
const MOVES = /\x1b\[\d*[A-Za-z]/g // oxlint-disable-line no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g // oxlint-disable-line no-control-regex

/** Whether `script` of util-linux is here, which has a command run in a pseudo-terminal. */
export function hasPseudoTerminal(): boolean {
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  return error === undefined && stdout.includes('util-linux')
}

/** Runs `unroll` in a terminal of a size. @returns all that it wrote, and its exit code */
export async function runInTerminal(
  url: string,
  args: readonly string[],
  { columns, rows }: { columns: number; rows: number },
): Promise<{ written: string; code: number | null }> {
  const command = [process.execPath, UNROLL, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; ${command}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], UNROLL_URL: url, TERM: 'xterm-256color' },
    timeout: LIMIT_MS,
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { written: await text(child.stdout), code: await exited }
}

/** The lines that a terminal shows in the end, without colours, as long as none is wider than it. */
export function readScreen(written: string): string[] {
  const lines: string[] = ['']
  let [row, column] = [0, 0]
  for (const [step, count = '', verb] of written.matchAll(STEP)) {
    const line = lines[row] ?? ''
    if (step === '\r') column = 0
    else if (step === '\n') row += 1
    else if (verb === 'A') row = Math.max(0, row - Number(count || '1'))
    else if (verb === 'K') lines[row] = line.slice(0, column)
    else if (verb === 'J') lines.splice(row, Infinity, line.slice(0, column))
    else if (!step.startsWith('\x1b')) {
      lines[row] = line.padEnd(column).slice(0, column) + step + line.slice(column + step.length)
      column += step.length
    }
    lines[row] ??= ''
  }
  return lines
}

/** The characters of the widest line that was ever written. */
export function measureWidest(written: string): number {
  const lines = written
    .replaceAll(COLOURS, '')
    .replaceAll(MOVES, '')
    .split(/[\r\n]+/)
  return Math.max(...lines.map((line) => line.length))
}
