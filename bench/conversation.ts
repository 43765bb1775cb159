// A program that answers each line by a line.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Conversation {
  /** The answer to a line. Errors: Error when the program has ended. */
  ask(line: string): Promise<string>
  end(): void
}

export function converse(command: string, given: readonly string[]): Conversation {
  const child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let ended = 'it ended'
  child.on('error', ({ message }) => (ended = message))
  child.stdin.on('error', ({ message }) => (ended = message))
  const left = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      ended = `it ended with ${signal ?? `exit code ${code}`}`
      resolve()
    })
  })
  return {
    ask: async (line) => {
      if (line !== '') child.stdin.write(`${line}\n`)
      const { value, done } = await answers.next()
      if (done !== true) return value
      await left
      throw new Error(`Cannot ask ${command} as ${ended}`)
    },
    end: () => child.stdin.end(),
  }
}
